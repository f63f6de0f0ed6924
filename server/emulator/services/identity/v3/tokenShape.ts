import { isObject, type Json, type JsonObject } from '../../../../rules/json.ts';
import { ApiError } from '../../../kernel/apiError.ts';
import { expected, invalid } from '../answers.ts';

/** Keystone's schema of the body of `POST /v3/auth/tokens`: types, and required members. */
interface Shape {
  readonly types: readonly ('object' | 'array' | 'string' | 'boolean')[];
  readonly members?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly items?: Shape;
}

const text: Shape = { types: ['string'] };
const object = (members: Readonly<Record<string, Shape>>, required: readonly string[] = []): Shape => ({
  types: ['object'],
  members,
  required,
});
const domain = object({ id: text, name: text });
const auth = object(
  {
    identity: object(
      {
        methods: { types: ['array'], items: text },
        password: object({ user: object({ id: text, name: text, password: text, domain }) }),
        token: object({ id: text }, ['id']),
      },
      ['methods'],
    ),
    scope: {
      types: ['object', 'string'],
      members: {
        project: object({ id: text, name: text, domain }),
        domain,
        'OS-TRUST:trust': object({ id: text }),
        system: object({ all: { types: ['boolean'] } }),
      },
    },
  },
  ['identity'],
);

/** The body's `auth`, of which every member that is known has its type. Throws 400 in Keystone's words. */
export function readAuth(body: Json): JsonObject {
  if (!isObject(body)) throw expected('valid JSON', 'request body');
  const { auth: given = null } = body;
  if (given === null) throw expected('auth', 'request body');
  check(given, auth, '');
  if (!isObject(given)) throw expected('auth', 'request body');
  requireName(given, 'identity', 'password', 'user');
  requireName(given, 'identity', 'password', 'user', 'domain');
  requireName(given, 'scope', 'project');
  requireName(given, 'scope', 'project', 'domain');
  requireName(given, 'scope', 'domain');
  return given;
}

function check(value: Json, { types, members = {}, required = [], items }: Shape, field: string): void {
  if (!types.some((type) => type === typeOf(value)))
    throw invalidAt(field, `${written(value)} is not of type ${types.map((type) => `'${type}'`).join(', ')}`);
  if (Array.isArray(value) && items)
    for (const [at, item] of value.entries()) check(item, items, `${field}/${at}`);
  if (!isObject(value)) return;
  for (const name of required)
    if (!Object.hasOwn(value, name)) throw invalidAt(field, `'${name}' is a required property`);
  for (const [name, shape] of Object.entries(members)) {
    const member = Object.hasOwn(value, name) ? value[name] : undefined;
    if (member !== undefined) check(member, shape, field === '' ? name : `${field}/${name}`);
  }
}

function invalidAt(field: string, problem: string): ApiError {
  return field === '' ? new ApiError('identity/body', problem) : invalid(field, problem);
}

/** Throws 400 where an object stands there that names nothing. */
function requireName(given: JsonObject, ...path: readonly string[]): void {
  let at: Json | undefined = given;
  for (const name of path) at = isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  if (!isObject(at)) return;
  const { id, name } = at;
  if (id === undefined && name === undefined)
    throw new ApiError(
      'identity/body',
      `Invalid input for field ${path.join('/')}: id or name must be present.`,
    );
  if (path[0] === 'identity' && !id && !name) throw expected('id or name', path.at(-1) ?? '');
}

function typeOf(value: Json): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
}

/** As Python writes it. */
function written(value: Json): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'string') return `'${value}'`;
  if (Array.isArray(value)) return `[${value.map(written).join(', ')}]`;
  if (!isObject(value)) return String(value);
  return `{${Object.entries(value)
    .map(([name, member]) => `'${name}': ${written(member ?? null)}`)
    .join(', ')}}`;
}
