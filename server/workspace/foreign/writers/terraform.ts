import type { Json, JsonObject } from '../../../rules/json.ts';
import { effectiveCompression, isAbsolutePath } from '../normal.ts';
import { moduleFolder, terraformArguments } from '../terraform.ts';
import { defined, partsOf, toSlug } from './written.ts';

/** Writes the body of a resource, and its label. Throws UnwritableImage. */
export function writeTerraform(image: JsonObject): { readonly label: string; readonly body: JsonObject } {
  const { name, source, properties } = partsOf(image, 'Terraform');
  const { url, file, method } = source;
  const whole: JsonObject = { container_format: 'bare', visibility: 'shared', ...image };
  const attributes = Object.entries(terraformArguments).map(
    ([argument, attribute]) => [argument, escaped(whole[attribute])] as const,
  );
  const compression = effectiveCompression(source);
  const body = defined({
    ...Object.fromEntries(attributes),
    local_file_path: typeof file === 'string' ? localPath(file) : undefined,
    image_source_url: escaped(url),
    web_download: method === 'web-download' ? true : undefined,
    decompress: compression === 'none' ? undefined : true,
    properties: escaped(properties),
  });
  return { label: toSlug(name, '_'), body };
}

function localPath(file: string): string {
  return `${isAbsolutePath(file) ? '' : moduleFolder}${escaped(file)}`;
}

/** Texts as Terraform does not evaluate them. */
function escaped<T extends Json | undefined>(value: T): T;
function escaped(value: Json | undefined): Json | undefined {
  if (typeof value === 'string') return value.replaceAll(/\$\{|%\{/g, (mark) => `${mark.charAt(0)}${mark}`);
  if (Array.isArray(value)) return value.map((item) => escaped(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [escaped(key), escaped(item)]));
}
