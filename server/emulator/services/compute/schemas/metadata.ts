import type { Schema } from '../../../../rules/nova/schema.ts';
import { bodyOf, metadata } from '../../../../rules/nova/types.ts';

/** Metadata of servers and images, all of it or one item. */
export const metadataSchema: Schema = bodyOf('metadata', metadata);
export const oneMetadataSchema: Schema = bodyOf('meta', { ...metadata, minProperties: 1, maxProperties: 1 });
