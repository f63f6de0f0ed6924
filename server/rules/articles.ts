/** The names of sources that rules of several families rest on. */
export const articles = {
  creation: '"Cloud image creation format and process"',
  flavors: 'Cloud Servers guide, flavors',
  limitations: '"Cloud server image limitations"',
  patchMethod: 'Cloud Images guide, HTTP PATCH method',
  preparing: 'How-to "Preparing an image for import"',
  support: 'Cloud Images FAQ, "What support can I expect for imported and shared images?"',
} as const;
