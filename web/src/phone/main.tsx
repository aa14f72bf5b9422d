import { startPage } from '@/shared/AppProviders';
import { consoleTheme } from '@/shared/theme/theme';
import { App } from './App';

void startPage('phone', consoleTheme, <App />);
