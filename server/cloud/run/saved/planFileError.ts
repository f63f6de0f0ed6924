/** A plan that no file can hold, or a file that holds none that can be read; for a person. */
export class PlanFileError extends Error {}
