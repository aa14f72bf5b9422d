import { DateInput, type DateInputProps } from '@mantine/dates';
import '@mantine/dates/styles.css';
import 'dayjs/locale/fa';
import 'dayjs/locale/ru';
import 'dayjs/locale/uk';
import 'dayjs/locale/vi';
import 'dayjs/locale/zh-cn';
import { useTranslation } from 'react-i18next';
import { useLanguage } from '@/shared';

/** A day as YYYY-MM-DD, picked from a calendar in the language being shown. */
export function DayInput(props: DateInputProps) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const { language } = useLanguage();
  return (
    <DateInput
      clearable
      valueFormat="YYYY-MM-DD"
      hideOutsideDates
      locale={language === 'zh' ? 'zh-cn' : language}
      firstDayOfWeek={language === 'fa' ? 6 : 1}
      previousLabel={t('agenda.previous')}
      nextLabel={t('agenda.next')}
      clearButtonProps={{ 'aria-label': common('action.clear') }}
      {...props}
    />
  );
}
