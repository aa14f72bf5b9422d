import { Button, Stack, Text } from '@mantine/core';
import { IconBadgeCc, IconFile } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api';
import { formatDuration, useLanguage } from '@/shared';
import type { Line } from '@/shared/call';
import classes from './call.module.css';

/** What the server says a picture is; anything else is only downloaded. */
const shown = ['image/jpeg', 'image/png'];

/** A picture that was handed over, fetched when asked for: each look is in the audit trail. */
export function FilePreview({ callId, line }: { callId: string; line: Pick<Line, 'file_id' | 'body'> }) {
  const { t } = useTranslation('console');
  const [open, setOpen] = useState(false);
  const [src, setSrc] = useState<string>();
  const picture = useQuery({
    queryKey: ['call-files', line.file_id],
    enabled: open,
    staleTime: Infinity,
    queryFn: async () => {
      const response = await fetch(`/v1/calls/${callId}/files/${line.file_id}?as=agent`, { credentials: 'same-origin' });
      if (!response.ok) throw new Error(`file: HTTP ${response.status}`);
      const blob = await response.blob();
      return shown.includes(blob.type) ? blob : null;
    },
  });
  useEffect(() => {
    if (!picture.data) return;
    const url = URL.createObjectURL(picture.data);
    setSrc(url);
    return () => URL.revokeObjectURL(url);
  }, [picture.data]);
  if (/\.pdf$/i.test(line.body)) return null;
  if (!open) {
    return (
      <Button size="compact-xs" variant="default" mt={4} onClick={() => setOpen(true)}>
        {t('call.preview')}
      </Button>
    );
  }
  return src ? <img className={classes.filePreview} src={src} alt={line.body} /> : null;
}

/** Chat, captions and files of a call that is over. */
export function Written({ callId, customerName, agentName }: { callId: string; customerName: string; agentName: string }) {
  const { t: common } = useTranslation();
  const lines = useQuery({
    queryKey: ['calls', callId, 'lines'],
    queryFn: () => body(api.GET('/v1/calls/{call_id}/lines', { params: { path: { call_id: callId } } })),
  });
  const items = lines.data?.items ?? [];
  if (items.length === 0) return lines.data ? <Text c="dimmed">{common('call.chat.none')}</Text> : null;
  return <WrittenLines callId={callId} lines={items} customerName={customerName} agentName={agentName} />;
}

/** Lines to read, none to write. */
export function WrittenLines({ callId, lines, customerName, agentName }: { callId: string; lines: readonly Line[]; customerName: string; agentName: string }) {
  const { t: common } = useTranslation();
  const { intl } = useLanguage();
  return (
    <Stack component="ul" gap="xs" className={classes.written} aria-label={common('call.chat.lines')}>
      {lines.map((line) => (
        <li key={line.id}>
          <Text size="xs" c="dimmed">
            {line.kind === 'caption' && <IconBadgeCc size={14} role="img" aria-label={common('call.chat.caption')} />} {line.role === 'agent' ? agentName : customerName} · {formatDuration(line.offset_ms, intl)}
          </Text>
          {line.kind === 'file' ? (
            <>
              <a className={classes.link} href={`/v1/calls/${callId}/files/${line.file_id}?as=agent`} download={line.body}>
                <IconFile size={16} aria-hidden="true" /> {line.body}
              </a>
              <div><FilePreview callId={callId} line={line} /></div>
            </>
          ) : (
            <Text dir="auto">{line.body}</Text>
          )}
        </li>
      ))}
    </Stack>
  );
}
