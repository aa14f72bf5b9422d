import { Problem, type Schema } from '../../api';
import { randomUUID } from '../../api/client';
import type { CallRole } from './CallLink';

/** The most bytes that the server takes (calls.MaxFile). */
export const maxFile = 10 * 1024 * 1024;
/** A picture's longest edge; what is larger is made smaller before it is sent. */
export const maxEdge = 4000;

/** Why a file is not taken. */
export type FileRefusal = 'kind' | 'large' | 'empty' | 'broken' | 'many' | 'network' | 'server';

const pictures = ['image/jpeg', 'image/png', 'image/webp', 'image/heic', 'image/heif'];

/** What can be handed over, for `<input accept>`. */
export const acceptFiles = ['image/*', 'application/pdf'].join(',');

/** The size that a picture is drawn in so that its longest edge fits; undefined when it does already. */
export function shrunk(width: number, height: number, edge = maxEdge): { width: number; height: number } | undefined {
  const longest = Math.max(width, height);
  if (longest <= edge) return undefined;
  const by = edge / longest;
  return { width: Math.max(1, Math.round(width * by)), height: Math.max(1, Math.round(height * by)) };
}

/**
 * The bytes to send: a picture that is too large in pixels or bytes is made
 * smaller, one that the server does not know (HEIC of an iPhone) becomes a JPEG
 * where the browser can read it. Throws a FileRefusal.
 */
export async function prepare(file: File): Promise<Blob> {
  if (file.size === 0) throw 'empty' satisfies FileRefusal;
  const picture = file.type.startsWith('image/') || pictures.includes(file.type);
  if (!picture) {
    if (file.type !== 'application/pdf' && !/\.pdf$/i.test(file.name)) throw 'kind' satisfies FileRefusal;
    if (file.size > maxFile) throw 'large' satisfies FileRefusal;
    return file;
  }
  const known = ['image/jpeg', 'image/png', 'image/webp'].includes(file.type);
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch {
    throw (known ? 'broken' : 'kind') satisfies FileRefusal;
  }
  try {
    const smaller = shrunk(bitmap.width, bitmap.height);
    if (!smaller && known && file.size <= maxFile) return file;
    const { width, height } = smaller ?? bitmap;
    const canvas = document.createElement('canvas');
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext('2d');
    if (!context) throw 'broken' satisfies FileRefusal;
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, 0, 0, width, height);
    for (const quality of [0.9, 0.75]) {
      const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/jpeg', quality));
      if (blob && blob.size <= maxFile) return blob;
    }
    throw 'large' satisfies FileRefusal;
  } finally {
    bitmap.close();
  }
}

/** The refusal behind what an upload threw. */
export function refusalOf(error: unknown): FileRefusal {
  if (typeof error === 'string') return error as FileRefusal;
  const problem = Problem.from(error);
  if (problem.status === 0) return 'network';
  if (problem.code === 'too_many_files' || problem.status === 429) return 'many';
  if (problem.status === 413) return 'large';
  if (problem.status === 400 || problem.status === 422) return /larger|MB/.test(problem.reason('file') ?? problem.detail) ? 'large' : 'kind';
  return 'server';
}

/** Hands a file over in a call; `progress` hears shares of 0 to 1. By XMLHttpRequest, since fetch tells no progress of what is sent. */
export function upload(callId: string, role: CallRole, name: string, content: Blob, progress: (share: number) => void, signal?: AbortSignal): Promise<Schema<'CallFile'>> {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    request.open('POST', `/v1/calls/${encodeURIComponent(callId)}/files?as=${role}&name=${encodeURIComponent(name.slice(-200))}`);
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.setRequestHeader('Accept', 'application/json, application/problem+json');
    request.setRequestHeader('X-Visavis-Request', '1');
    request.setRequestHeader('Idempotency-Key', randomUUID());
    request.upload.onprogress = (e) => e.lengthComputable && progress(e.loaded / e.total);
    const lost = () => fail(new Problem('network', 'no answer', 0));
    request.onerror = lost;
    request.ontimeout = lost;
    request.timeout = 120_000;
    request.onload = () => {
      if (request.status === 201 || request.status === 200) return done(JSON.parse(request.responseText) as Schema<'CallFile'>);
      void Problem.fromResponse(new Response(request.responseText, { status: request.status, headers: { 'content-type': request.getResponseHeader('content-type') ?? '' } })).then(fail);
    };
    signal?.addEventListener('abort', () => {
      request.abort();
      fail(new DOMException('aborted', 'AbortError'));
    });
    request.send(content);
  });
}
