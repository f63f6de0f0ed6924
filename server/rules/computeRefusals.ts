import type { ServiceRefusal } from './emulatorRefusals.ts';

/** Refusals of the Compute API that no rule states. */
export const computeRefusals = {
  'compute/request': {
    status: 400,
    title: 'Invalid compute request',
    summary:
      'The body or the query does not have the form that the Compute API asks for, or names what is not there.',
    source: 'SOURCES: nova §2',
  },
  'compute/version': {
    status: 406,
    title: 'Unknown microversion',
    summary: 'The microversion is not one that is served. GET on the endpoint tells which are.',
    source: 'SOURCES: nova §1',
  },
  'compute/media-type': {
    status: 415,
    title: 'Wrong Content-Type',
    summary: 'Bodies of the Compute API are sent as application/json.',
    source: 'SOURCES: nova §2',
  },
  'compute/not-found': {
    status: 404,
    title: 'Not found',
    summary:
      'Your account has no such server, flavor, image or other resource, or the microversion has no such route.',
    source: 'SOURCES: nova §2',
  },
  'compute/conflict': {
    status: 409,
    title: 'Wrong state',
    summary:
      'The server is locked, busy, or not in the state that this begins from. Wait, or change its state first.',
    source: 'SOURCES: nova §6',
  },
  'compute/quota': {
    status: 403,
    title: 'Quota exceeded',
    summary: 'The account may have no more of this. Delete some, or let the operator raise the quota.',
    source: 'SOURCES: nova §2',
  },
  'compute/policy': {
    status: 403,
    title: 'Not allowed by policy',
    summary: 'Your roles do not allow this; often it is for administrators of the cloud.',
    source: 'SOURCES: nova §2',
  },
  'compute/gone': {
    status: 410,
    title: 'Removed API',
    summary: 'Nova no longer has this API.',
    source: 'SOURCES: nova §2',
  },
} as const satisfies Readonly<Record<string, ServiceRefusal>>;
