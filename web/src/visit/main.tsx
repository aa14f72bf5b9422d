import { startPage } from '@/shared/AppProviders';
import { visitTheme } from '@/shared/theme/theme';
import { App } from './App';
import './page.css';

void startPage('visit', visitTheme, <App />);
