import type { Schema } from '../../../../rules/nova/schema.ts';

/** Keystone's own schemas of bodies (22.0, each module's `schema.py`), members in their order: its messages show them. */

const name: Schema = { type: 'string', minLength: 1, maxLength: 255, pattern: '[\\S]+' };
const shortName: Schema = { ...name, maxLength: 64 };
const id: Schema = { type: 'string', minLength: 1, maxLength: 64, pattern: '^[a-zA-Z0-9-]+$' };
const boolean: Schema = { type: 'boolean', enum: [true, false, null] };
const maybeText: Schema = { type: ['string', 'null'] };
const textOrNull: Schema = { type: ['null', 'string'] };
const maybeId: Schema = { ...id, type: ['string', 'null'] };
const text: Schema = { type: 'string' };

/** One tag of a project, which is named in the path. */
export const tagSchema: Schema = { type: 'string', minLength: 1, maxLength: 255, pattern: '^[^,/]*$' };

export const tagsSchema: Schema = {
  type: 'array',
  items: tagSchema,
  required: [],
  maxItems: 80,
  uniqueItems: true,
};

const options: Schema = {
  type: 'object',
  properties: { immutable: { type: ['boolean', 'null'], enum: [true, false, null] } },
  additionalProperties: false,
};

const projectProperties = {
  description: maybeText,
  domain_id: maybeId,
  enabled: boolean,
  is_domain: boolean,
  parent_id: maybeId,
  name: shortName,
  tags: tagsSchema,
  options,
};

const userProperties = {
  default_project_id: maybeId,
  description: maybeText,
  domain_id: id,
  enabled: boolean,
  name,
  password: maybeText,
};

const creation = (properties: Readonly<Record<string, Schema>>): Schema => ({
  type: 'object',
  properties,
  required: ['name'],
  additionalProperties: true,
});

const update = (properties: Readonly<Record<string, Schema>>): Schema => ({
  type: 'object',
  properties,
  minProperties: 1,
  additionalProperties: true,
});

export const projectSchemas = { create: creation(projectProperties), update: update(projectProperties) };
export const userSchemas = { create: creation(userProperties), update: update(userProperties) };

export const passwordSchema: Schema = {
  type: 'object',
  properties: { original_password: text, password: text },
  required: ['original_password', 'password'],
  additionalProperties: false,
};

export const credentialSchema: Schema = creation({
  name,
  description: maybeText,
  secret: textOrNull,
  expires_at: textOrNull,
  roles: {
    type: 'array',
    items: {
      type: 'object',
      properties: { id, name },
      minProperties: 1,
      maxProperties: 1,
      additionalProperties: false,
    },
  },
  unrestricted: boolean,
  access_rules: {
    type: 'array',
    items: {
      type: 'object',
      properties: {
        path: { type: 'string', minLength: 0, maxLength: 225, pattern: '^\\/.*' },
        method: { type: 'string', pattern: '^(POST|GET|HEAD|PATCH|PUT|DELETE)$' },
        service: id,
        id,
      },
      additionalProperties: false,
    },
  },
});

const storedProperties = { blob: text, project_id: text, type: text, user_id: text };

export const storedCredentialSchemas: Readonly<Record<'create' | 'update', Schema>> = {
  create: {
    type: 'object',
    properties: storedProperties,
    additionalProperties: true,
    oneOf: [
      {
        title: 'ec2 credential requires project_id',
        required: ['blob', 'type', 'user_id', 'project_id'],
        properties: { type: { enum: ['ec2'] } },
      },
      {
        title: 'non-ec2 credential does not require project_id',
        required: ['blob', 'type', 'user_id'],
        properties: { type: { not: { enum: ['ec2'] } } },
      },
    ],
  },
  update: { type: 'object', properties: { blob: text }, additionalProperties: false, required: ['blob'] },
};

const domain: Schema = { type: 'object', properties: { id: text, name: text } };

/** The `auth` of `POST /v3/auth/tokens`. */
export const authSchema: Schema = {
  type: 'object',
  properties: {
    identity: {
      type: 'object',
      properties: {
        methods: { type: 'array', items: text },
        password: {
          type: 'object',
          properties: {
            user: { type: 'object', properties: { id: text, name: text, password: text, domain } },
          },
        },
        token: { type: 'object', properties: { id: text }, required: ['id'] },
      },
      required: ['methods'],
    },
    scope: {
      type: ['object', 'string'],
      properties: {
        project: { type: 'object', properties: { name: text, id: text, domain } },
        domain,
        'OS-TRUST:trust': { type: 'object', properties: { id: text } },
        system: { type: 'object', properties: { all: { type: 'boolean', enum: [true, false, null] } } },
      },
    },
  },
  required: ['identity'],
};
