import { Problem, randomUUID, type Schema } from '@/api';

export type Delimiter = 'comma' | 'semicolon' | 'tab';
/** The largest list that the API takes, bytes. */
export const largestList = 256 * 1024 * 1024;

/**
 * Sends a list and says how far it is, 0 to 1, which fetch cannot. One that
 * breaks off keeps the rows that came: the same file again adds the rest.
 */
export function uploadList(campaignId: string, file: File, delimiter: Delimiter, onProgress: (share: number) => void, signal?: AbortSignal): Promise<Schema<'CampaignImport'>> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', `/v1/campaigns/${campaignId}/contacts/files?delimiter=${delimiter}`);
    request.setRequestHeader('Accept', 'application/json, application/problem+json');
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.setRequestHeader('X-Visavis-Request', '1');
    request.setRequestHeader('Idempotency-Key', randomUUID());
    request.upload.onprogress = (e) => { if (e.lengthComputable && e.total > 0) onProgress(e.loaded / e.total); };
    request.onload = () => {
      const answer = new Response(request.responseText || null, { status: request.status < 200 ? 500 : request.status, headers: { 'content-type': request.getResponseHeader('content-type') ?? '' } });
      if (answer.ok) answer.json().then((read: Schema<'CampaignImport'>) => resolve(read), () => reject(new Problem('unexpected', 'no answer', 0)));
      else void Problem.fromResponse(answer).then(reject);
    };
    request.onerror = () => reject(new Problem('network', 'the connection was lost', 0));
    request.onabort = () => reject(new DOMException('', 'AbortError'));
    signal?.addEventListener('abort', () => request.abort());
    request.send(file);
  });
}

/** Guesses what stands between the columns from the first line. */
export function guessDelimiter(head: string): Delimiter {
  const line = head.replace(/^\uFEFF/, '').slice(0, head.search(/\r?\n|$/));
  const count = (s: string) => line.split(s).length - 1;
  if (count('\t') > Math.max(count(','), count(';'))) return 'tab';
  return count(';') > count(',') ? 'semicolon' : 'comma';
}

export const separators: Record<Delimiter, string> = { comma: ',', semicolon: ';', tab: '\t' };

/** The rows of a small CSV (RFC 4180), such as the report of an import; at most `most`. */
export function readCSV(text: string, separator = ',', most = Infinity): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < text.length && rows.length < most; i++) {
    const c = text[i]!;
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') cell += text[i++];
      else quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === separator || c === '\n') {
      row.push(cell);
      cell = '';
      if (c === '\n') rows.push(row.splice(0));
    } else if (c !== '\r') cell += c;
  }
  if (rows.length < most && (cell !== '' || row.length > 0)) rows.push([...row, cell]);
  return rows;
}
