import type { Kind } from '../facts.ts';
import type { Finding } from '../rule.ts';
import { type Answer, answers } from '../service/answers.ts';

/** A schema violation as ajv reports it. */
export interface ShapeError {
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Record<string, unknown>;
  readonly message?: string;
}

/**
 * Schema violations in the service's words. The editor shows all of them; the emulator answers with the first.
 * For a patch, `rules/patch.ts` says what is wrong; its schema only adds what that does not reach.
 */
export function shapeFindings(kind: Kind, errors: readonly ShapeError[]): Finding[] {
  return errors.map((error) => {
    const answer = answerTo(kind, error);
    return {
      rule: `${kind}/shape`,
      severity: 'error',
      pointer: error.instancePath,
      message: `${sentence(error)}.`,
      ...(answer ? { answer } : {}),
    };
  });
}

function answerTo(kind: Kind, error: ShapeError): Answer | undefined {
  if (kind === 'patch') return undefined;
  if (kind === 'image') return answers.schema(sentence(error));
  if (kind === 'server') return answers.badRequest(sentence(error));
  // What stands under `server` beside an action is not sent.
  if (kind === 'server-image')
    return error.instancePath.startsWith('/server') ? undefined : answers.badRequest(sentence(error));
  if (error.keyword === 'required' && error.instancePath === '')
    return answers.taskMember(String(error.params['missingProperty']));
  return answers.taskBody(sentence(error));
}

/** Without a full stop, for use within other sentences. */
function sentence({ instancePath, keyword, params, message }: ShapeError): string {
  const place = instancePath === '' ? '' : `${instancePath.slice(1).replaceAll('/', '.')} `;
  if (keyword === 'required')
    return `'${String(params['missingProperty'])}' is missing${instancePath === '' ? '' : ` in ${instancePath.slice(1).replaceAll('/', '.')}`}`;
  if (keyword === 'enum')
    return `${place}must be one of ${(params['allowedValues'] as unknown[]).join(', ')}`;
  if (keyword === 'const') return `${place}must be ${String(params['allowedValue'])}`;
  return `${place}${message ?? 'is not valid'}`;
}
