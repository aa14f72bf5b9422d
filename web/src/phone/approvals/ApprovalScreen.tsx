import { Alert, Button, Stack } from '@mantine/core';
import { IconShieldLock } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useProblemText } from '@/shared/components/states';
import { formatDuration, useNow } from '@/shared/components/text';
import { useLanguage } from '@/shared/i18n';
import { useOverlayFocus } from '../RingScreen';
import { simulator } from '../simulator';
import { type Approval, signedForAnswer } from './approvals';
import { sign } from './keys';
import { useHeld } from './useHeld';
import classes from '../ring.module.css';
import own from './approvals.module.css';

/** The amount as people of that locale write it; as it was sent when it is none that they know. */
export function moneyOf({ amount, currency }: Pick<Approval, 'amount' | 'currency'>, intl: string): string {
  try {
    return new Intl.NumberFormat(intl, { style: 'currency', currency, currencyDisplay: 'code' }).format(Number(amount));
  } catch {
    return `${amount} ${currency}`;
  }
}

/** What came of an answer. */
export type Fate = 'approved' | 'denied' | 'wrong' | 'put_off';

export interface ApprovalScreenProps {
  number: string;
  approval: Approval;
  skew: number;
  onHandled: (fate: Fate) => void;
}

/** The bank's question, full-screen: which number does your other page show? The answer is signed by this phone's key. */
export function ApprovalScreen({ number, approval, skew, onHandled }: ApprovalScreenProps) {
  const { t } = useTranslation('phone');
  const { intl } = useLanguage();
  const problemText = useProblemText();
  const now = useNow(250) + skew;
  const focus = useOverlayFocus<HTMLDivElement>();
  const held = useHeld(number);
  const mine = held.data && approval.factors.includes(held.data.factorId) ? held.data : undefined;
  const answer = useMutation({
    mutationFn: async (chosen: number) => {
      if (!mine) throw new Error('no key');
      const signature = await sign(mine.keys, await signedForAnswer(mine.bankId, mine.factorId, approval, chosen));
      return simulator.answerApp(number, {
        verification_id: approval.verificationId, factor_id: mine.factorId, decision: chosen > 0 ? 'approve' : 'deny', ...(chosen > 0 ? { number: chosen } : {}), signature,
      });
    },
  });
  const digits = new Intl.NumberFormat(intl, { useGrouping: false });
  const done = answer.data;
  const fate: Fate | undefined = done && (done.approved ? 'approved' : done.state === 'denied' ? 'denied' : 'wrong');
  return (
    <div className={classes.ring} role="alertdialog" aria-labelledby="approval-title" aria-describedby="approval-what" tabIndex={-1} ref={focus} data-approval={approval.verificationId}>
      <div className={classes.ringTop}>
        <IconShieldLock size={44} stroke={1.4} aria-hidden="true" />
        <h2 id="approval-title" className={classes.ringBank} dir="auto">{approval.title || t('ring.unknownBank')}</h2>
        <p id="approval-what" className={classes.ringWhat} dir="auto">{approval.body}</p>
        {approval.amount && (
          <p className={own.payment}>
            <strong><bdi>{moneyOf(approval, intl)}</bdi></strong>
            <span>{t('approval.to')} <bdi>{approval.payee}</bdi></span>
          </p>
        )}
      </div>
      <div className={classes.ringBottom}>
        {fate ? (
          <Stack align="center" gap="md">
            <p className={own.result} role="status" data-fate={fate}>{t(`approval.${fate}`)}</p>
            <Button variant="white" color="dark" onClick={() => onHandled(fate)} data-autofocus>{t('approval.close')}</Button>
          </Stack>
        ) : !mine ? (
          <Stack align="center" gap="md">
            <p className={own.result}>{held.isLoading ? '\u00a0' : t('approval.noKey')}</p>
            <Button variant="white" color="dark" onClick={() => onHandled('put_off')}>{t('approval.close')}</Button>
          </Stack>
        ) : (
          <>
            <p className={own.ask} id="approval-ask">{t('approval.which')}</p>
            <div className={own.numbers} role="group" aria-labelledby="approval-ask" dir="ltr">
              {approval.numbers.map((n) => (
                <button key={n} type="button" className={own.number} disabled={answer.isPending} onClick={() => answer.mutate(n)} data-number={n}>
                  {digits.format(n)}
                </button>
              ))}
            </div>
            {answer.error !== null && <Alert color="red" role="alert" className={classes.ringAlert}>{problemText(answer.error)}</Alert>}
            <Button variant="outline" color="red.2" disabled={answer.isPending} onClick={() => answer.mutate(0)}>{t('approval.notMe')}</Button>
            <p className={classes.ringLeft}>
              {t('approval.left')} <span role="timer" aria-live="off" className="vv-ltr vv-numbers">{formatDuration(approval.expiresAt - now, intl)}</span>
            </p>
          </>
        )}
      </div>
    </div>
  );
}
