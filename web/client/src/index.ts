// A client of Usher: every call of the gate by its name, typed from the document that the gate serves as /openapi.json.
export { Usher, type Answer, type Call, type Input, type Options, type Settings } from './client.js';
export { Jar } from './jar.js';
export { NoAnswer, Refused } from './refused.js';
export * from './schema.js';
