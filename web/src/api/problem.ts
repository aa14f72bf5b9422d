/** One refused part of a request. */
export interface ProblemField {
  /** Path in the request's body, or the parameter's name, such as "phone". */
  field: string;
  /** A sentence for the person who sent it. */
  reason: string;
}

/**
 * An API call that failed, as RFC 9457 problem details. A request that got no
 * answer at all has status 0 and code "network".
 */
export class Problem extends Error {
  override readonly name = 'Problem';

  constructor(
    /** Stable URI reference of the kind of problem, /problems/{code}. */
    readonly type: string,
    /** Short and the same for every problem of the type. */
    readonly title: string,
    /** HTTP status; 0 when no answer came. */
    readonly status: number,
    /** What is wrong this time; may be empty. */
    readonly detail: string = '',
    readonly fields: readonly ProblemField[] = [],
    /** Seconds until the same request may work; undefined when not known. */
    readonly retry_after: number | undefined = undefined,
  ) {
    super(detail || title);
  }

  /** The last part of the type: "slot_taken" of "/problems/slot_taken". */
  get code(): string {
    return this.type.split(/[/#:]/).at(-1) ?? this.type;
  }

  /** The reason for one field, as forms want it; undefined when it was not refused. */
  reason(field: string): string | undefined {
    return this.fields.find((f) => f.field === field)?.reason;
  }

  /** All refused fields as an object, for `form.setErrors` of @mantine/form. */
  get fieldErrors(): Record<string, string> {
    return Object.fromEntries(this.fields.map((f) => [f.field, f.reason]));
  }

  /** Reads an answer that is not 2xx; anything but problem+json becomes a problem of its status. */
  static async fromResponse(response: Response): Promise<Problem> {
    let body: Record<string, unknown> = {};
    if (/[/+]json\b/.test(response.headers.get('content-type') ?? '')) {
      const parsed: unknown = await response.json().catch(() => null);
      if (parsed && typeof parsed === 'object') body = parsed as Record<string, unknown>;
    }
    const text = (value: unknown) => (typeof value === 'string' ? value : '');
    const fields = Array.isArray(body.fields)
      ? body.fields
          .filter((f): f is Record<string, unknown> => typeof f === 'object' && f !== null)
          .map((f) => ({ field: text(f.field), reason: text(f.reason) }))
      : [];
    const after = Number(body.retry_after ?? response.headers.get('retry-after') ?? Number.NaN);
    return new Problem(
      text(body.type) || `http_${response.status}`,
      text(body.title) || response.statusText || `HTTP ${response.status}`,
      response.status,
      text(body.detail),
      fields,
      Number.isFinite(after) && after >= 0 ? after : undefined,
    );
  }

  /** The problem behind anything that was thrown. */
  static from(error: unknown): Problem {
    if (error instanceof Problem) return error;
    const message = error instanceof Error ? error.message : String(error);
    return new Problem(error instanceof TypeError ? 'network' : 'unexpected', message, 0);
  }
}
