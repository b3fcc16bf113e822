import { createContext, useContext } from 'react';
import type { Settings } from './settings';

export const SettingsContext = createContext<Settings>({ version: '', demo: false, issuers: [] });

export function useSettings(): Settings {
  return useContext(SettingsContext);
}
