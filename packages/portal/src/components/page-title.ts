/** Names the page in the browser's tab and history, and says it to screen readers when it changes. */
import { useEffect } from "react";
import { useAnnouncer } from "./announcer.tsx";

export function usePageTitle(title: string): void {
  const { announce } = useAnnouncer();
  useEffect(() => {
    document.title = `${title} · Keelson`;
    announce(title);
  }, [title, announce]);
}
