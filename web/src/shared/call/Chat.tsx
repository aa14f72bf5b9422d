import { Alert, Button, Group, Progress, SegmentedControl, Text } from '@mantine/core';
import { IconBadgeCc, IconFile, IconPaperclip, IconPhoto } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatTime } from '../components/text';
import { useLanguage } from '../i18n';
import type { CallRole } from './CallLink';
import { acceptFiles, type FileRefusal, prepare, refusalOf, upload } from './files';
import type { Line } from './told';
import type { CallHandle } from './useCall';
import { WriteBox } from './WriteBox';
import classes from './chat.module.css';

/** How many lines of the other side were not looked at yet; `open` = the chat is on the screen now. */
export function useUnread(lines: Line[], role: CallRole, open: boolean): number {
  const theirs = lines.filter((l) => l.role !== role && l.kind !== 'caption').length;
  const [seen, setSeen] = useState(0);
  if (open && seen !== theirs) setSeen(theirs);
  return Math.max(0, theirs - seen);
}

export interface ChatProps {
  call: CallHandle;
  callId: string;
  role: CallRole;
  peerName: string;
  /** Ready sentences, put in by a touch. */
  quick?: string[];
  /** Below the lines of a file. */
  renderFile?: (line: Line) => React.ReactNode;
}

/** What is written in a call, and where one writes: lines, captions, files. */
export function Chat({ call, callId, role, peerName, quick, renderFile }: ChatProps) {
  const { t } = useTranslation();
  const { intl } = useLanguage();
  const [text, setText] = useState('');
  const [kind, setKind] = useState<'chat' | 'caption'>('chat');
  const [failed, setFailed] = useState(false);
  const list = useRef<HTMLDivElement>(null);
  const { lines } = call;
  useEffect(() => {
    if (list.current) list.current.scrollTop = list.current.scrollHeight;
  }, [lines.length]);
  const send = (words = text) => {
    const line = words.trim();
    if (!line) return;
    const sent = call.say(kind, line);
    setFailed(!sent);
    if (sent && words === text) setText('');
  };
  return (
    <div className={classes.chat}>
      <div ref={list} className={classes.lines} aria-label={t('call.chat.lines')} tabIndex={0} role="log">
      <ol>
        {lines.length === 0 && <li className={classes.none}>{t('call.chat.none')}</li>}
        {lines.map((line) => (
          <li key={line.id} className={classes.line} data-own={line.role === role || undefined} data-kind={line.kind}>
            <span className={classes.who}>
              {line.kind === 'caption' && <IconBadgeCc size={16} role="img" aria-label={t('call.chat.caption')} />}
              {line.role === role ? t('call.you') : peerName} · <time dateTime={line.at}>{formatTime(line.at, 'time', intl)}</time>
            </span>
            <span className={classes.body} dir="auto">
              {line.kind === 'file' ? <FileLine callId={callId} role={role} line={line} /> : line.body}
            </span>
            {line.kind === 'file' && renderFile?.(line)}
          </li>
        ))}
      </ol>
      </div>
      {quick && quick.length > 0 && (
        <div className={classes.quick} role="group" aria-label={t('call.chat.quick')}>
          {quick.map((words) => (
            <Button key={words} size="compact-sm" variant="default" onClick={() => send(words)} classNames={{ label: classes.wrap }}>
              {words}
            </Button>
          ))}
        </div>
      )}
      <Upload callId={callId} role={role} />
      <form
        className={classes.write}
        onSubmit={(e) => {
          e.preventDefault();
          send();
        }}
      >
        <SegmentedControl
          size="xs"
          value={kind}
          onChange={(v) => setKind(v as 'chat' | 'caption')}
          aria-label={t('call.chat.how')}
          data={[{ value: 'chat', label: t('call.chat.message') }, { value: 'caption', label: t('call.chat.caption') }]}
        />
        <WriteBox text={text} onChange={setText} onSend={send} label={kind === 'chat' ? t('call.chat.write') : t('call.chat.writeCaption')} maxRows={4} />
        <Text size="xs" c="red" role="alert">
          {failed ? t('call.chat.notSent') : call.refused?.code === 'too_many_lines' ? t('call.chat.tooMany') : ''}
        </Text>
      </form>
    </div>
  );
}

/** Always a download: nothing that came in a call is opened as a page. */
function FileLine({ callId, role, line }: { callId: string; role: CallRole; line: Line }) {
  const Icon = /\.pdf$/i.test(line.body) ? IconFile : IconPhoto;
  return (
    <a className={classes.file} href={`/v1/calls/${callId}/files/${line.file_id}?as=${role}`} download={line.body}>
      <Icon size={18} aria-hidden="true" /> {line.body}
    </a>
  );
}

/** A picture or a PDF, with how far it is, and why it was not taken. */
function Upload({ callId, role }: { callId: string; role: CallRole }) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const [share, setShare] = useState<number>();
  const [refused, setRefused] = useState<FileRefusal>();
  const [done, setDone] = useState(false);
  const stop = useRef<AbortController>(undefined);
  useEffect(() => () => stop.current?.abort(), []);
  const give = async (file: File) => {
    setRefused(undefined);
    setDone(false);
    setShare(0);
    const abort = new AbortController();
    stop.current = abort;
    try {
      await upload(callId, role, file.name, await prepare(file), setShare, abort.signal);
      setDone(true);
    } catch (error) {
      if (!abort.signal.aborted) setRefused(refusalOf(error));
    } finally {
      setShare(undefined);
    }
  };
  const percent = Math.round((share ?? 0) * 100);
  return (
    <div>
      <input
        ref={input}
        type="file"
        accept={acceptFiles}
        hidden
        data-testid="file"
        onChange={(e) => {
          const file = e.currentTarget.files?.[0];
          e.currentTarget.value = '';
          if (file) void give(file);
        }}
      />
      {share === undefined ? (
        <Button size="compact-md" mih={36} variant="subtle" leftSection={<IconPaperclip size={18} aria-hidden="true" />} onClick={() => input.current?.click()}>
          {t('call.file.give')}
        </Button>
      ) : (
        <Group gap="sm" wrap="nowrap">
          <Progress value={percent} aria-label={t('call.file.sending')} flex={1} size="lg" />
          <Button size="compact-sm" variant="default" onClick={() => stop.current?.abort()}>
            {t('action.cancel')}
          </Button>
        </Group>
      )}
      <span role="status" className={classes.note}>
        {share !== undefined ? t('call.file.sending') : done ? t('call.file.sent') : ''}
      </span>
      {refused && (
        <Alert color="red" role="alert" p="xs" mt={6} withCloseButton closeButtonLabel={t('action.close')} onClose={() => setRefused(undefined)}>
          {t(`call.file.refused.${refused}`)}
        </Alert>
      )}
    </div>
  );
}

const captionMs = 9_000;

/** The other side's last typed words, over the picture for as long as they are new. */
export function Captions({ lines, role }: { lines: Line[]; role: CallRole }) {
  const { t } = useTranslation();
  const last = lines.filter((l) => l.kind === 'caption' && l.role !== role).at(-1);
  const [shown, setShown] = useState<Line>();
  // What was said before this page came is old.
  const first = useRef(last?.id);
  useEffect(() => {
    if (!last || last.id === first.current) return;
    setShown(last);
    const timer = setTimeout(() => setShown(undefined), Math.max(captionMs, last.body.length * 90));
    return () => clearTimeout(timer);
  }, [last]);
  return (
    <div className={classes.captions} role="status" aria-label={t('call.chat.caption')} dir="auto">
      {shown && <span>{shown.body}</span>}
    </div>
  );
}
