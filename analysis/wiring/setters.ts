import type {
  ClassMember,
  Declarator,
  Expression,
  FunctionNode,
  Module,
  Pattern,
  Property,
} from '../syntax/ast.js';

/** What a value is kept in: a variable, a static field of a class, a member of an object that is written out. */
export type Place = Declarator | Property | ClassMember;

/** A function that is being read, or the module. */
interface Frame {
  /** Its variables and parameters; null where nothing more is known of one. */
  names: ReadonlyMap<string, Declarator | null>;
  /** What has been read in it so far, functions in it included. */
  read: Set<Place>;
}

interface Class {
  name: string | null;
  fields: ReadonlyMap<string, ClassMember>;
}

const known = new WeakMap<Module, ReadonlySet<Place>>();
/**
 * The places of a module that are given a value by functions alone, and by none that asks first what is in them: `set(value) {
 * held = value }`. What `db() { if (!client) client = connect(); return client }` fills is filled by whoever needs it.
 */
export function filledBySetters(module: Module): ReadonlySet<Place> {
  let places = known.get(module);
  if (!places) known.set(module, (places = new Reading(module).places()));
  return places;
}

class Reading {
  private readonly frames: Frame[] = [];
  private readonly classes: Class[] = [];
  /** The class of which the members are being read. */
  private inside: Class | null = null;
  private readonly set = new Set<Place>();
  private readonly otherwise = new Set<Place>();

  constructor(private readonly module: Module) {}

  places(): ReadonlySet<Place> {
    this.within([], this.module.body);
    for (const place of this.otherwise) this.set.delete(place);
    return this.set;
  }
  private within(params: readonly Pattern[], body: unknown): void {
    const names = new Map<string, Declarator | null>();
    for (const p of params) if (p.k === 'identifier') names.set(p.name, null);
    declaredIn(body, names);
    this.frames.push({ names, read: new Set() });
    this.read(params);
    this.read(body);
    this.frames.pop();
  }
  /** In the order of the text. */
  private read(node: unknown): void {
    if (Array.isArray(node)) return node.forEach((n) => this.read(n));
    if (typeof node !== 'object' || node === null) return;
    if (isFunction(node))
      return this.within(
        node.params.map((p) => p.pattern),
        node.body,
      );
    const { k } = node as { k?: string };
    if (k === 'assign') return this.assignment(node as Expression & { k: 'assign' });
    if (k === 'update') this.note(this.placeOf((node as Expression & { k: 'update' }).target), 'otherwise');
    const place = k === 'identifier' || k === 'member' ? this.placeOf(node as Expression) : null;
    if (place) for (const frame of this.frames.slice(place.depth + 1)) frame.read.add(place.at);
    if (k === 'class' || k === 'classDeclaration') {
      const { cls } = node as { cls: { name: string | null; members: ClassMember[] } };
      const fields = cls.members.flatMap((m): [string, ClassMember][] =>
        m.k === 'field' && m.isStatic && typeof m.name === 'string' ? [[m.name, m]] : [],
      );
      const outer = this.inside;
      this.inside = { name: cls.name, fields: new Map(fields) };
      this.classes.push(this.inside);
      this.read(cls.members);
      this.inside = outer;
      return;
    }
    for (const child of Object.values(node)) this.read(child);
  }
  private assignment({ operator, target, value }: Expression & { k: 'assign' }): void {
    this.read(value);
    if (target.k !== 'identifier' && target.k !== 'memberPattern') return this.read(target);
    if (target.k === 'memberPattern' && target.target.k === 'member') this.read(target.target.object);
    // What empties it, or is a switch, says nothing of what it is to hold.
    if (value.k === 'literal' && value.value === null) return;
    if (value.k === 'identifier' && value.name === 'undefined') return;
    const isSwitch = (value.k === 'literal' && typeof value.value === 'boolean') || value.k === 'unary';
    const place = this.placeOf(target.k === 'identifier' ? target : target.target);
    this.note(place, operator === '=' && !isSwitch ? 'set' : 'otherwise');
  }
  private note(place: { at: Place; depth: number } | null, how: 'set' | 'otherwise'): void {
    if (!place) return;
    const inside = this.frames.slice(place.depth + 1);
    if (how === 'otherwise' || inside.some((f) => f.read.has(place.at))) this.otherwise.add(place.at);
    else if (inside.length > 0) this.set.add(place.at);
  }
  /** What an expression names, and how deep within functions it was declared. */
  private placeOf(node: Expression | Pattern): { at: Place; depth: number } | null {
    if (node.k === 'identifier') {
      const found = this.declared(node.name);
      return found && { at: found.declarator, depth: found.depth };
    }
    if (node.k !== 'member') return null;
    const { object, name } = node;
    if (object.k === 'this' || object.k === 'identifier') {
      const cls =
        object.k === 'this'
          ? this.inside
          : this.classes.find((c) => c.name !== null && c.name === object.name);
      const field = cls?.fields.get(name);
      if (field) return { at: field, depth: 0 };
    }
    const held = object.k === 'identifier' ? this.declared(object.name) : null;
    if (held?.declarator.init?.k !== 'object') return null;
    const property = held.declarator.init.properties.find((p) => p.k === 'property' && p.key === name);
    return property ? { at: property, depth: held.depth } : null;
  }
  private declared(name: string): { declarator: Declarator; depth: number } | null {
    for (let depth = this.frames.length - 1; depth >= 0; depth--) {
      const declarator = this.frames[depth]!.names.get(name);
      if (declarator !== undefined) return declarator && { declarator, depth };
    }
    return null;
  }
}

const isFunction = (node: object): node is FunctionNode => 'isArrow' in node && 'params' in node;
/** The variables of one function, not of those in it. */
function declaredIn(node: unknown, names: Map<string, Declarator | null>): void {
  if (Array.isArray(node)) return node.forEach((n) => declaredIn(n, names));
  if (typeof node !== 'object' || node === null || isFunction(node)) return;
  const statement = node as { k?: string; declarations?: Declarator[] };
  if (statement.k === 'variable')
    for (const d of statement.declarations!) if (d.target.k === 'identifier') names.set(d.target.name, d);
  for (const child of Object.values(node)) declaredIn(child, names);
}
