/** Findings that no rule makes: of a manifest's text, of its shape, and of the editor. By id, what each says. */
export const problems = {
  'json/syntax': 'The text is not JSON from this place on. What can be read of it is checked all the same.',
  'json/comment': 'JSON has no comments. Rename the file to `.jsonc`, or remove them.',
  'json/trailing-comma': 'JSON has no comma after the last entry. Remove it.',
  'yaml/syntax': 'The text is not YAML from this place on. What can be read of it is checked all the same.',
  'yaml/aliases': 'The aliases of the document expand to more than is read. Write the values out.',
  'manifest/conflict': 'The text holds the marks of a merge conflict. Resolve it.',
  'manifest/encoding': 'The file is not UTF-8, or UTF-16 with a byte order mark. Save it as UTF-8.',
  'manifest/size': 'The text is larger or nested deeper than is read. Split it.',
  'manifest/duplicate-key': 'A key stands twice in one object, and only the last one counts. Remove one.',
  'manifest/unused-suppression': 'A comment switches off a rule that finds nothing there. Remove it.',
  'image/shape':
    'An image manifest does not have the form of an image, a list of images, or the list body of the API.',
  'import/shape': 'An import manifest does not have the form of an import task.',
  'export/shape': 'An export manifest does not have the form of an export task.',
  'server-image/shape': 'A server-image manifest does not have the form of the action `createImage`.',
  'image-test/shape':
    'A test of a manifest does not have the form of one: `expect` says the answer, and `after` what must stand afterwards.',
  'image-test/manifest':
    'A test belongs to no manifest, so that nothing is tested: neither is there the one that it names as `manifest`, nor one of its name beside it.',
  'server/shape': 'A server manifest does not have the form of a request for a new server.',
} as const satisfies Readonly<Record<string, string>>;

export type ProblemId = keyof typeof problems;
