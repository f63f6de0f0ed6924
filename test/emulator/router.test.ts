import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createRouter } from '../../server/emulator/kernel/router.ts';
import type { Handler } from '../../server/emulator/kernel/routes.ts';

/** Which of some routes serves a URL, and what its parameters stand for. */
function route(paths: readonly string[], url: string): [string, object] | undefined {
  const router = createRouter();
  const handlers = new Map<Handler, string>();
  for (const path of paths) {
    const handler: Handler = () => undefined;
    handlers.set(handler, path);
    router.add('GET', path, handler);
  }
  const found = router.find('GET', url);
  return found && [handlers.get(found.handler) ?? '', found.params];
}

it('a name counts before a parameter, and that before what is open, at each place from the left', () => {
  const paths = ['/a/b', '/a/:x', '/:y/b', '/a/*', '/*'];
  assert.deepEqual(route(paths, '/a/b'), ['/a/b', {}]);
  assert.deepEqual(route(paths, '/a/c'), ['/a/:x', { x: 'c' }]);
  assert.deepEqual(route(paths, '/c/b'), ['/:y/b', { y: 'c' }]);
  assert.deepEqual(route(paths, '/a/b/c'), ['/a/*', {}]);
  assert.deepEqual(route(paths, '/c/d'), ['/*', {}]);
  assert.equal(route(['/a/:x'], '/a'), undefined);
});

it('a parameter stands for its own part, also where another way led nowhere', () => {
  const paths = ['/a/b/:x/c', '/a/:y/:z/d', '/:u/:v/:w/e'];
  assert.deepEqual(route(paths, '/a/b/1/d'), ['/a/:y/:z/d', { y: 'b', z: '1' }]);
  assert.deepEqual(route(paths, '/a/b/1/e'), ['/:u/:v/:w/e', { u: 'a', v: 'b', w: '1' }]);
});

it('parts are decoded one by one, and the query is no part', () => {
  const paths = ['/a/:x/c'];
  assert.deepEqual(route(paths, '/a/1%2F2/%63?d=/e'), ['/a/:x/c', { x: '1/2' }]);
  assert.deepEqual(route(paths, '/a/100%/c#d'), ['/a/:x/c', { x: '100%' }]);
});
