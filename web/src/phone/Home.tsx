import { Anchor, Button } from '@mantine/core';
import { IconBell, IconMessage, IconPhoneX, IconVideo, IconVideoOff } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { formatTime, PhoneText, TimeText, useNow } from '@/shared/components/text';
import { useLanguage } from '@/shared/i18n';
import { leadsTo, type Notification, wordsOf } from './notifications';
import { SmsText } from './parts';
import type { Push } from './simulator';
import classes from './handset.module.css';

function Card({ icon, from, at, children, actions }: { icon: ReactNode; from: ReactNode; at: number; children: ReactNode; actions?: ReactNode }) {
  return (
    <li className={classes.card}>
      <div className={classes.cardHead}>
        <span className={classes.cardIcon} aria-hidden="true">
          {icon}
        </span>
        <span className={classes.cardFrom}>{from}</span>
        <span className={classes.cardTime}>
          <TimeText value={new Date(at)} format="time" />
        </span>
      </div>
      <div className={classes.cardBody}>{children}</div>
      {actions && <div className={classes.cardActions}>{actions}</div>}
    </li>
  );
}

/** A push's words; a silent push says so, with the type that its data names. */
export function PushText({ push }: { push: Push }) {
  const { t } = useTranslation('phone');
  const { title, body } = wordsOf(push);
  if (!title && !body) {
    const type = push.data?.type;
    return <em>{t('push.silent', { type: typeof type === 'string' ? type : '—' })}</em>;
  }
  return (
    <>
      {title && (
        <strong className={classes.block} dir="auto">
          {title}
        </strong>
      )}
      <span dir="auto" className={classes.block}>
        {body}
      </span>
    </>
  );
}

export interface HomeProps {
  notifications: readonly Notification[];
  onThread: (peer: string) => void;
  onClear: () => void;
}

/** The lock screen: the time, and what has come. */
export function Home({ notifications, onThread, onClear }: HomeProps) {
  const { t } = useTranslation('phone');
  const { intl } = useLanguage();
  const now = useNow(1000);
  const card = (n: Notification) => {
    switch (n.kind) {
      case 'sms':
        return (
          <Card
            key={n.id}
            icon={<IconMessage size={16} />}
            from={<PhoneText value={n.sms.from} />}
            at={n.at}
            actions={
              <Button size="xs" variant="light" onClick={() => onThread(n.sms.from)}>
                {n.more > 0 ? t('home.openMore', { count: n.more }) : t('home.open')}
              </Button>
            }
          >
            <SmsText body={n.sms.body} />
          </Card>
        );
      case 'push': {
        const link = leadsTo(n.push);
        const bank = n.push.data?.bank;
        return (
          <Card
            key={n.id}
            icon={<IconBell size={16} />}
            from={typeof bank === 'string' && bank !== wordsOf(n.push).title ? bank : t('push.app')}
            at={n.at}
            actions={
              link && (
                <Anchor href={link} target="_blank" rel="noopener noreferrer" className={classes.cardLink}>
                  {t('push.open')}
                </Anchor>
              )
            }
          >
            <PushText push={n.push} />
          </Card>
        );
      }
      case 'ring': {
        const text = { answered: t('fate.answered'), declined: t('fate.declined'), missed: t('fate.missed'), stopped: t('fate.stopped') }[n.fate];
        return (
          <Card key={n.id} icon={n.fate === 'answered' ? <IconVideo size={16} /> : <IconVideoOff size={16} />} from={n.bank || t('ring.unknownBank')} at={n.at}>
            {text}
          </Card>
        );
      }
      case 'call':
        return (
          <Card key={n.id} icon={<IconPhoneX size={16} />} from={<PhoneText value={n.call.from} />} at={n.at}>
            {t('fate.missedVoice')}
          </Card>
        );
    }
  };
  return (
    <div className={classes.home}>
      <div className={classes.clock}>
        <p className={classes.clockTime}>{formatTime(now, 'time', intl)}</p>
        <p className={classes.clockDate}>{formatTime(now, 'weekday', intl)}</p>
      </div>
      {notifications.length === 0 ? (
        <p className={classes.quiet}>{t('home.empty')}</p>
      ) : (
        <section aria-label={t('home.notifications')}>
          <div className={classes.notificationsHead}>
            <h2 className={classes.notificationsTitle}>{t('home.notifications')}</h2>
            <button type="button" className={classes.clear} onClick={onClear}>
              {t('home.clear')}
            </button>
          </div>
          <ul className={classes.cards} aria-live="polite" aria-relevant="additions">
            {notifications.map(card)}
          </ul>
        </section>
      )}
    </div>
  );
}
