import assert from 'node:assert/strict';
import { extension } from '../support.ts';
import { Recorder } from './recorder.ts';
import { listRequirements, listStaleExceptions } from './requirements.ts';

const recorder = new Recorder();

before(async () => recorder.follow(await extension()));

/** Comes last: what the suite has to have seen by then. */
export function describeEveryVerb(): void {
  describe('every verb of package.json', () => {
    it('has been called in each of its ways, and has ended in each way that it can', function () {
      // A chosen part of the suite calls a part of the verbs.
      if (process.env['CLOUD_IMAGES_TESTS'] !== undefined) this.skip();
      assert.deepEqual(recorder.listMissing(listRequirements()), []);
    });

    it('has an exception only as long as there is the verb', () => {
      assert.deepEqual(listStaleExceptions(), []);
    });
  });
}
