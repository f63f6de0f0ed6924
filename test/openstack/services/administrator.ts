import { isObject, type Json, type JsonObject } from '../../../server/rules/json.ts';
import { type Addresses, region } from './place.ts';

export type Service = Exclude<keyof Addresses, 'queue'>;

/** The administrator of a whole cloud, who asks its services. */
export class Administrator {
  readonly #addresses: Addresses;
  readonly #password: string;
  #token = '';

  private constructor(addresses: Addresses, password: string) {
    this.#addresses = addresses;
    this.#password = password;
  }

  static async signIn(addresses: Addresses, password: string): Promise<Administrator> {
    const administrator = new Administrator(addresses, password);
    await administrator.renew();
    return administrator;
  }

  get addresses(): Addresses {
    return this.#addresses;
  }

  /** Gets a new token. A change of the caller's own roles ends the old one. */
  async renew(): Promise<void> {
    const domain = { id: 'default' };
    const user = { name: 'admin', password: this.#password, domain };
    const identity = { methods: ['password'], password: { user } };
    const scope = { project: { name: 'admin', domain } };
    const answer = await fetch(`${this.#addresses.identity}/auth/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ auth: { identity, scope } }),
    });
    this.#token = answer.headers.get('x-subject-token') ?? '';
  }

  /** Sends a request and answers its body; throws where it is refused. */
  async ask(service: Service, method: string, path: string, body?: Json): Promise<JsonObject> {
    const text = await this.#send(service, method, path, body);
    const data: Json = text.startsWith('{') ? JSON.parse(text) : {};
    return isObject(data) ? data : {};
  }

  /** Lists the lines of a listing in plain text. */
  async listLines(service: Service, path: string): Promise<string[]> {
    return (await this.#send(service, 'GET', path)).split('\n').filter((line) => line !== '');
  }

  async #send(service: Service, method: string, path: string, body?: Json): Promise<string> {
    const answer = await fetch(this.#addresses[service] + path, {
      method,
      headers: {
        'x-auth-token': this.#token,
        'content-type': path.includes('/images/') ? patchType : 'application/json',
        ...(service in versions ? { 'openstack-api-version': `${service} ${versions[service]}` } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok)
      throw new Error(`${method} ${path} of the service ${service} was refused: ${answer.status} ${text}`);
    return text;
  }

  /** Lists the members of a collection. */
  async list(service: Service, path: string): Promise<JsonObject[]> {
    const lists = Object.values(await this.ask(service, 'GET', path)).filter(Array.isArray);
    return lists.flat().filter(isObject);
  }

  /** Makes one member of a collection and answers its id. */
  async make(service: Service, path: string, name: string, body: JsonObject): Promise<string> {
    const made = (await this.ask(service, 'POST', path, { [name]: body }))[name];
    return isObject(made ?? null) ? String((made as JsonObject)['id']) : '';
  }

  /** Answers whether Placement knows a host with room for servers. */
  async hasRoom(): Promise<boolean> {
    try {
      return (await this.list('placement', '/resource_providers?resources=VCPU:1')).length > 0;
    } catch {
      return false; // not yet
    }
  }

  async addEndpoint(service: string, url: string): Promise<void> {
    for (const kind of ['public', 'internal', 'admin'])
      await this.make('identity', '/endpoints', 'endpoint', {
        interface: kind,
        region_id: region,
        service_id: service,
        url,
      });
  }
}

/** The latest of these services. */
const versions: Partial<Record<Service, string>> = { compute: '2.93', placement: '1.39' };
const patchType = 'application/openstack-images-v2.1-json-patch';
