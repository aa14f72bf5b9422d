import { Table, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Schema } from '@/api';
import { formatDuration, StateBadge, TimeText, useLanguage } from '@/shared';
import { useTranslated } from '../frame/scenarios';
import { Section } from '../parts/parts';
import { skillName } from '../transfer/targets';
import { abandonment, serviceTone } from './board';
import classes from './wallboard.module.css';

/** Who waits for what, and how the day went, by scenario. */
export function ScenarioTable({ scenarios, extraMs }: { scenarios: readonly Schema<'WallboardScenario'>[]; extraMs: number }) {
  const { t } = useTranslation('console');
  const { intl } = useLanguage();
  const translated = useTranslated();
  const number = new Intl.NumberFormat(intl);
  const percent = new Intl.NumberFormat(intl, { style: 'percent', maximumFractionDigits: 0 });
  return (
    <Section title={t('wall.byScenario')}>
      {scenarios.length === 0 ? <Text c="dimmed">{t('wall.noneYet')}</Text> : (
        <div className={classes.scroll} tabIndex={0} role="region" aria-label={t('wall.byScenario')}>
          <Table aria-label={t('wall.byScenario')} className="vv-numbers">
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">{t('word.scenario')}</Table.Th>
                <Table.Th scope="col">{t('wall.waiting')}</Table.Th>
                <Table.Th scope="col">{t('wall.longest')}</Table.Th>
                <Table.Th scope="col">{t('wall.serviceLevel')}</Table.Th>
                <Table.Th scope="col" data-wide>{t('wall.served')}</Table.Th>
                <Table.Th scope="col" data-wide>{t('wall.abandoned')}</Table.Th>
                <Table.Th scope="col" data-wide>{t('wall.handle')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {scenarios.map(({ scenario, today, waiting, longest_wait_seconds }) => (
                <Table.Tr key={scenario.id}>
                  <Table.Th scope="row" fw={560}>{translated(scenario.name)}</Table.Th>
                  <Table.Td>{number.format(waiting)}</Table.Td>
                  <Table.Td>{waiting > 0 ? formatDuration(longest_wait_seconds * 1000 + extraMs, intl) : '–'}</Table.Td>
                  <Table.Td>{today.served + today.abandoned === 0 ? '–' : <StateBadge state="" tone={serviceTone(today)}>{percent.format(today.service_level)}</StateBadge>}</Table.Td>
                  <Table.Td data-wide>{number.format(today.served)}</Table.Td>
                  <Table.Td data-wide>{abandonment(today) === undefined ? '–' : percent.format(abandonment(today)!)}</Table.Td>
                  <Table.Td data-wide>{today.mean_handle_seconds > 0 ? formatDuration(today.mean_handle_seconds * 1000, intl) : '–'}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </Section>
  );
}

/** Who waits for a skill, and whether anybody who has it is free. */
export function SkillTable({ skills, extraMs }: { skills: readonly Schema<'WallboardSkill'>[]; extraMs: number }) {
  const { t } = useTranslation('console');
  const { intl } = useLanguage();
  const number = new Intl.NumberFormat(intl);
  if (skills.length === 0) return null;
  return (
    <Section title={t('wall.bySkill')}>
      <Table aria-label={t('wall.bySkill')} className="vv-numbers">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{t('transfer.skill')}</Table.Th>
            <Table.Th scope="col">{t('wall.waiting')}</Table.Th>
            <Table.Th scope="col">{t('wall.longest')}</Table.Th>
            <Table.Th scope="col">{t('wall.readyAgents')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {skills.map((s) => (
            <Table.Tr key={s.skill}>
              <Table.Th scope="row" fw={560}>{skillName(s.skill)}</Table.Th>
              <Table.Td>{number.format(s.waiting)}</Table.Td>
              <Table.Td>{s.waiting > 0 ? formatDuration(s.longest_wait_seconds * 1000 + extraMs, intl) : '–'}</Table.Td>
              <Table.Td>{s.ready_agents === 0 ? <StateBadge state="" tone="negative">{t('wall.nobody')}</StateBadge> : number.format(s.ready_agents)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Section>
  );
}

/** The machines of the gateway: which live, and how many of our calls each carries. */
export function Nodes({ nodes }: { nodes: readonly Schema<'WallboardNode'>[] }) {
  const { t } = useTranslation('console');
  return (
    <Section title={t('wall.nodes')}>
      {nodes.length === 0 ? <Text c="dimmed">{t('wall.noNodes')}</Text> : (
        <ul className={classes.nodes}>
          {nodes.map((n) => (
            <li key={n.node}>
              <bdi dir="ltr" className={classes.node}>{n.node.replace(/^https?:\/\//, '')}</bdi>
              <Text size="sm" c="dimmed" span>{t('wall.nodeCalls', { count: n.calls })}</Text>
              <StateBadge state="" tone={n.state === 'up' ? 'positive' : 'negative'}>
                {t(`wall.node.${n.state}`)}
                {n.state === 'silent' && n.seen_at && <> <TimeText value={n.seen_at} format="exact" /></>}
              </StateBadge>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
