/** How Nova and Cinder name what went wrong, by status (SOURCES: nova §2, cinder §2). */
const names: Readonly<Record<number, string>> = {
  400: 'badRequest',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'itemNotFound',
  405: 'badMethod',
  409: 'conflictingRequest',
  413: 'overLimit',
  415: 'badMediaType',
  429: 'overLimit',
  501: 'notImplemented',
  503: 'serviceUnavailable',
};

export function nameFault(status: number): string {
  return names[status] ?? 'computeFault';
}
