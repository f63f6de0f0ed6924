/** Files of tests that take long and rarely find anything: `npm run test:all` runs them, `npm test` what stands beside them. */
export const longTests = [
  'test/clients/{computeResources,imageLists,images,metadefs,programs,rackspace,securityGroups,servers,volumes}.test.ts',
  'test/cloud/recognition.test.ts',
  'test/commands/{copy,lintCloud,sources}.test.ts',
  'test/disks/{fuzz,guests,gunzip,memory,oldestNode,overlay}.test.ts',
  'test/emulator/check.test.ts',
  'test/emulator/compute/{attachments,bootDisks,bootProperties,cloud}.test.ts',
];
