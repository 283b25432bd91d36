// What a visitor can mend.

/** Its message is one sentence that says what to do. */
export class InputError extends Error {}
