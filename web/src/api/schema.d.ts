// Generated from httpapi/openapi.yaml by `npm run generate`. Do not edit.

export type paths = Record<never, never>;
export interface components {
  schemas: Record<never, never>;
}
