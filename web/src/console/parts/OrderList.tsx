import { ActionIcon } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconGripVertical } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './order.module.css';

/** The list with the item at `from` moved to `to`. */
export function moved<Item>(list: readonly Item[], from: number, to: number): Item[] {
  const out = [...list];
  if (from < 0 || from >= out.length || to < 0 || to >= out.length) return out;
  const [item] = out.splice(from, 1);
  out.splice(to, 0, item!);
  return out;
}

export interface OrderListProps<Item> {
  label: string;
  items: readonly Item[];
  /** Stays with the item when it moves. */
  keyOf: (item: Item, index: number) => string;
  /** What screen readers call it. */
  nameOf: (item: Item, index: number) => string;
  onChange: (items: Item[]) => void;
  render: (item: Item, index: number) => ReactNode;
}

/** A list whose order is the person's: by dragging, or by the two buttons of each item, which is what the keyboard and screen readers use. */
export function OrderList<Item>({ label, items, keyOf, nameOf, onChange, render }: OrderListProps<Item>) {
  const { t } = useTranslation('console');
  const [held, setHeld] = useState<number>();
  const [over, setOver] = useState<number>();
  const [said, setSaid] = useState('');
  const move = (from: number, to: number) => {
    if (to < 0 || to >= items.length || from === to) return;
    onChange(moved(items, from, to));
    setSaid(t('order.moved', { name: nameOf(items[from]!, from), place: to + 1, total: items.length }));
  };
  return (
    <>
      <ol className={classes.list} aria-label={label}>
        {items.map((item, i) => {
          const name = nameOf(item, i);
          return (
            <li
              key={keyOf(item, i)}
              className={classes.item}
              data-held={held === i || undefined}
              data-over={(over === i && held !== i) || undefined}
              onDragOver={(e) => {
                if (held === undefined) return;
                e.preventDefault();
                setOver(i);
              }}
              onDrop={(e) => {
                e.preventDefault();
                if (held !== undefined) move(held, i);
                setHeld(undefined);
                setOver(undefined);
              }}
            >
              <span
                className={classes.grip}
                draggable
                aria-hidden="true"
                onDragStart={(e) => {
                  e.dataTransfer.effectAllowed = 'move';
                  e.dataTransfer.setData('text/plain', String(i)); // Firefox drags nothing without it
                  setHeld(i);
                }}
                onDragEnd={() => {
                  setHeld(undefined);
                  setOver(undefined);
                }}
              >
                <IconGripVertical size={18} />
              </span>
              <div className={classes.body}>{render(item, i)}</div>
              <span className={classes.buttons}>
                {/* Not disabled at the ends, so that the focus stays where it is. */}
                <ActionIcon aria-label={t('order.up', { name })} aria-disabled={i === 0} onClick={() => move(i, i - 1)}><IconArrowUp size={18} aria-hidden="true" /></ActionIcon>
                <ActionIcon aria-label={t('order.down', { name })} aria-disabled={i === items.length - 1} onClick={() => move(i, i + 1)}><IconArrowDown size={18} aria-hidden="true" /></ActionIcon>
              </span>
            </li>
          );
        })}
      </ol>
      <span role="status" className="vv-heard">{said}</span>
    </>
  );
}
