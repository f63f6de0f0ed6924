import { isObject, type Json, type JsonObject } from '../../../rules/json.ts';
import type { Caller } from '../../../rules/profile/profile.ts';
import { answers, type HttpAnswer } from '../../../rules/service/answers.ts';
import { show } from '../../../rules/service/attributes.ts';
import { readNewImage } from '../../../rules/service/newImage.ts';
import { type ApiError, toApiError } from '../../kernel/apiError.ts';
import { findObject } from '../../kernel/body.ts';
import type { EmulatorContext } from '../context.ts';
import { isAllowedUri } from '../images/imports/request.ts';
import { chooseDefaultStore } from '../images/imports/stores.ts';
import { type TaskRow, taskTypes } from './records.ts';

export interface NewTask {
  readonly type: TaskRow['type'];
  readonly input: JsonObject;
  readonly job: { readonly kind: string; readonly data: JsonObject };
}

/**
 * The body of POST /v2/tasks of an administrator in plain OpenStack: an image of what a URI leads to (SOURCES: glance §8).
 * What Glance reads before it makes the task is refused (400); what else is wrong ends the task.
 */
export function readWebTask(context: EmulatorContext, caller: Caller, body: Json): NewTask {
  const { type, input } = isObject(body) ? body : {};
  if (!type) throw taskError(answers.taskMember('type'));
  if (input === undefined) throw taskError(answers.taskMember('input'));
  const types = taskTypes(context.profile);
  const known = types.find((one) => one === type);
  if (!known)
    throw taskError(answers.taskSchema(`${show(type)} is not one of [${types.map(show).join(', ')}]`));
  if (input !== null && !isObject(input))
    throw taskError(answers.taskSchema(`${show(input)} is not of type 'null', 'object'`));
  const given = input ?? {};
  const uri = known === 'import' ? readSource(context, given['import_from'] ?? null) : null;
  const image = readImage(context, caller, known, given);
  const data = { uri, import_from_format: given['import_from_format'] ?? null, ...image };
  return {
    type: known,
    input: given,
    job: { kind: 'image-import', data: { ...data, stores: [chooseDefaultStore(context)] } },
  };
}

/** Throws 400. */
function readSource(context: EmulatorContext, uri: Json): string {
  if (!uri) throw taskError(answers.taskSource(`Invalid location: ${uri === null ? 'None' : show(uri)}`));
  const text = typeof uri === 'string' ? uri : '';
  if (/^file(?:system)?:\/\/\//.test(text))
    throw taskError(
      answers.taskSource('File based imports are not allowed. Please use a non-local source of image data.'),
    );
  if (!/^https?:\/\//.test(text))
    throw taskError(
      answers.taskSource(
        "The given uri is not valid. Please specify a valid uri from the following list of supported uri ['http']",
      ),
    );
  if (!isAllowedUri(context, text))
    throw taskError(answers.taskSource(`URI for legacy import task does not pass filtering: ${text}`));
  return text;
}

/** The image to make, or why the task is going to fail. */
function readImage(
  { profile }: EmulatorContext,
  caller: Caller,
  type: TaskRow['type'],
  input: JsonObject,
): { readonly image: JsonObject } | { readonly refused: string } {
  if (type !== 'import') return { refused: `A task of type ${type} is begun by a request to its image.` };
  const missing = ['import_from_format', 'image_properties'].find((name) => !input[name]);
  if (missing !== undefined) return { refused: `Input does not contain '${missing}' field` };
  const { requiredProperties: _, ...schemaless } = profile; // these images do not come by the API
  const wanted = {
    container_format: 'bare',
    disk_format: input['import_from_format'] ?? null,
    ...findObject(input, 'image_properties'),
  };
  const read = readNewImage(wanted, { profile: schemaless, caller });
  return 'text' in read ? { refused: read.text } : { image: Object.fromEntries(read.image) };
}

function taskError({ status, text }: HttpAnswer): ApiError {
  return toApiError({ rule: 'import/shape', status, text });
}
