export { compiledName } from './files.js';
export { configurationFiles } from './project.js';
export { ModuleGraph, type Program, type Resolution } from './graph.js';
export { type SourceRole, sourceRole } from './roles.js';
