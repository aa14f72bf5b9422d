export { api, apiWith, body, onUnauthenticated, randomUUID, type Schema } from './client';
export { Problem, type ProblemField } from './problem';
export type { components, paths } from './schema';
