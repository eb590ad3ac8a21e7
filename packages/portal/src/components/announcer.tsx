/** Says changes to those who do not see them, and shows short confirmations to those who do. */
import { createContext, type ReactNode, use, useCallback, useMemo, useState } from "react";
import "./announcer.css";

interface Announcer {
  /** Read aloud only. */
  readonly announce: (text: string) => void;
  /** Read aloud and shown for some seconds. */
  readonly confirm: (text: string) => void;
}

const Context = createContext<Announcer>({ announce: () => undefined, confirm: () => undefined });

export const useAnnouncer = (): Announcer => use(Context);

const SHOWN_MS = 5_000;

export function AnnouncerProvider({ children }: { readonly children: ReactNode }) {
  const [spoken, setSpoken] = useState("");
  const [shown, setShown] = useState<readonly { readonly id: number; readonly text: string }[]>([]);
  const announce = useCallback((text: string) => setSpoken(text), []);
  const confirm = useCallback((text: string) => {
    const id = Math.random();
    setSpoken(text);
    setShown((all) => [...all.slice(-2), { id, text }]);
    setTimeout(() => setShown((all) => all.filter((one) => one.id !== id)), SHOWN_MS);
  }, []);
  const value = useMemo(() => ({ announce, confirm }), [announce, confirm]);
  return (
    <Context value={value}>
      {children}
      <div className="hidden-visually" role="status" aria-live="polite" aria-atomic="true">
        {spoken}
      </div>
      <div className="toasts" aria-hidden="true">
        {shown.map(({ id, text }) => (
          <div key={id} className="toast">
            {text}
          </div>
        ))}
      </div>
    </Context>
  );
}
