import { Tabs } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation, useNavigate } from 'react-router';
import { useMay } from '../session/roles';

/** Messages, webhooks, events: what has gone out and what has happened. */
export function ActivityTabs() {
  const { t } = useTranslation('console');
  const may = useMay();
  return (
    <PathTabs
      label={t('nav.activity')}
      base="/activity"
      tabs={[
        { key: 'messages', title: t('nav.messages') },
        { key: 'batches', title: t('nav.batches') },
        { key: 'verifications', title: t('nav.verifications') },
        { key: 'inbound', title: t('nav.inbound') },
        { key: 'opt-outs', title: t('nav.optOuts') },
        { key: 'providers', title: t('nav.providers') },
        ...(may('administer') ? [{ key: 'webhooks', title: t('nav.webhooks') }] : []),
        { key: 'events', title: t('nav.events') },
      ]}
    />
  );
}

/** Tabs that are pages of their own. */
export function PathTabs({ label, base, tabs }: { label: string; base: string; tabs: { key: string; title: string }[] }) {
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const current = tabs.find((tab) => pathname.startsWith(`${base}/${tab.key}`))?.key ?? null;
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // On a phone the list is wider than the page.
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView?.({ block: 'nearest', inline: 'center' });
  }, [current]);
  return (
    <Tabs value={current} onChange={(key) => key && void navigate(`${base}/${key}`)} mb="lg" activateTabWithKeyboard={false}>
      <Tabs.List ref={list} aria-label={label} style={{ flexWrap: 'nowrap', overflowX: 'auto' }}>
        {tabs.map((tab) => (
          <Tabs.Tab key={tab.key} value={tab.key} style={{ flex: 'none' }}>
            {tab.title}
          </Tabs.Tab>
        ))}
      </Tabs.List>
    </Tabs>
  );
}
