import { startPage } from '@/shared/AppProviders';
import { visitTheme } from '@/shared/theme/theme';
import { App } from './App';

void startPage('phone', visitTheme, <App />);
