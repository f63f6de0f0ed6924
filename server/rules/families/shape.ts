import type { Kind } from '../facts.ts';
import { type Json, valueAt } from '../json.ts';
import type { Finding } from '../rule.ts';
import { type Answer, answers } from '../service/answers.ts';
import { choiceFixes, explainMissing, typeFixes } from '../valueFixes.ts';

/** A schema violation as ajv reports it. */
export interface ShapeError {
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Record<string, unknown>;
  readonly message?: string;
}

/** What has a schema: a manifest, or a test of one, which no cloud is sent. */
type Shaped = Kind | 'image-test';

/**
 * Schema violations in the service's words, each with its repair. The editor shows all of them; the emulator answers with
 * the first. For a patch, `rules/patch.ts` says what is wrong; its schema only adds what that does not reach.
 */
export function shapeFindings(kind: Shaped, errors: readonly ShapeError[], data: Json = null): Finding[] {
  return errors.map((error) => {
    const answer = answerTo(kind, error);
    return {
      rule: `${kind}/shape`,
      severity: 'error',
      ...explain(error, data),
      ...(answer ? { answer } : {}),
    };
  });
}

function explain(error: ShapeError, data: Json): Pick<Finding, 'pointer' | 'message' | 'fixes' | 'onKey'> {
  const { instancePath: pointer, keyword, params } = error;
  const message = `${sentence(error)}.`;
  const value = valueAt(data, pointer);
  if (keyword === 'required')
    return explainMissing(data, pointer, String(params['missingProperty']), message);
  const choices = keyword === 'enum' ? params['allowedValues'] : [params['allowedValue']];
  const fixes =
    keyword === 'type'
      ? typeFixes(pointer, value, [params['type'] ?? []].flat().map(String))
      : keyword === 'enum' || keyword === 'const'
        ? choiceFixes(
            pointer,
            value,
            [choices].flat().filter((one) => typeof one === 'string'),
          )
        : [];
  return { pointer, message, fixes };
}

function answerTo(kind: Shaped, error: ShapeError): Answer | undefined {
  if (kind === 'patch' || kind === 'image-test') return undefined;
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
  if (keyword === 'const' && instancePath === '/type')
    return 'type is import or export; there are no other tasks';
  if (keyword === 'const') return `${place}must be ${String(params['allowedValue'])}`;
  return `${place}${message ?? 'is not valid'}`;
}
