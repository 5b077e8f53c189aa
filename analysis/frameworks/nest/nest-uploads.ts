import { DECORATION, type Decoration } from '../../wiring/decorators.js';
import type { Evaluator } from '../../wiring/evaluator.js';
import type { Value } from '../../wiring/value.js';
import type { Handler } from '../web/controllers.js';
import { isBounded, takingFiles } from '../web/uploads.js';

/** Which argument has the options of Multer: https://docs.nestjs.com/techniques/file-upload */
const INTERCEPTORS: Readonly<Record<string, number>> = {
  FileInterceptor: 1,
  FilesInterceptor: 2,
  FileFieldsInterceptor: 1,
  AnyFilesInterceptor: 0,
};
/** An interceptor that takes files, as middleware; null for others. */
export function uploadInterceptor(
  it: Evaluator,
  value: Value,
  handler: Handler,
): { name: string; value: Value } | null {
  if (value.k !== 'native' || value.type !== DECORATION) return null;
  const { package: from, name, args } = value.state as Decoration;
  if (from !== '@nestjs/platform-express' || !Object.hasOwn(INTERCEPTORS, name)) return null;
  const at = INTERCEPTORS[name]!;
  const options =
    name === 'FilesInterceptor' && args.length === 2 && args[1]?.k === 'record' ? args[1] : args[at];
  // A module may say it for all of them, and a pipe may look at what came: what they say is not read.
  const isSaid =
    isBounded(options) || isConfigured(it) || handler.parameters.some((all) => all.some(isPiped));
  return { name, value: takingFiles(it, name, 'multer', isSaid) };
}
const isPiped = ({ name, args }: Decoration): boolean =>
  /^UploadedFiles?$/.test(name) && args.some((a) => a.k !== 'literal');
const isConfigured = (it: Evaluator): boolean =>
  it.modules.loaded.some(({ imports }) => [...imports.values()].some((b) => b.imported === 'MulterModule'));
