import { Button, Center, Table } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { ErrorState, LoadingState } from '@/shared';
import type { List } from './pages';
import classes from './parts.module.css';
import { useScrolls } from './useScrolls';

export interface Column<Item> {
  key: string;
  title: string;
  render: (item: Item) => ReactNode;
  /** Left out on a phone. */
  wide?: boolean;
}

export interface ListTableProps<Item extends { id: string }> {
  /** What the table holds, for screen readers. */
  label: string;
  list: List<Item>;
  columns: Column<Item>[];
  /** Where an item's page is; its first column becomes the link. */
  to?: (item: Item) => string;
  /** Or what opens it. */
  onOpen?: (item: Item) => void;
  /** Says which items can be opened; all by default. */
  opens?: (item: Item) => boolean;
  empty: ReactNode;
}

/** A list with its states: loading, failed, empty, more. */
export function ListTable<Item extends { id: string }>({ label, list, columns, to, onOpen, opens = () => true, empty }: ListTableProps<Item>) {
  const { t } = useTranslation('console');
  const { frame, scrolls } = useScrolls();
  if (!list.items) return list.error ? <ErrorState error={list.error} onRetry={list.refetch} withDetail /> : <LoadingState />;
  if (list.items.length === 0) return empty;
  return (
    <>
      <div className={classes.tableFrame} ref={frame} {...(scrolls && { tabIndex: 0, role: 'group', 'aria-label': label })}>
        <Table aria-label={label}>
          <Table.Thead>
            <Table.Tr>
              {columns.map((c) => (
                <Table.Th key={c.key} scope="col" data-wide={c.wide || undefined}>
                  {c.title}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {list.items.map((item) => (
              <Table.Tr key={item.id} className={to || (onOpen && opens(item)) ? classes.openable : undefined}>
                {columns.map((c, i) => (
                  <Table.Td key={c.key} data-wide={c.wide || undefined}>
                    {i > 0 ? c.render(item)
                      : to ? <Link to={to(item)} className={classes.rowLink}>{c.render(item)}</Link>
                      : onOpen && opens(item) ? <button type="button" className={classes.rowLink} onClick={() => onOpen(item)}>{c.render(item)}</button>
                      : c.render(item)}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {list.more && (
        <Center mt="md">
          <Button variant="default" onClick={list.more} loading={list.loadingMore}>
            {t('more')}
          </Button>
        </Center>
      )}
    </>
  );
}
