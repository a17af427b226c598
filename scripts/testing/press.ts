/** What a person does to approve a card, whichever gesture its risk asks for. */
import type { Locator } from 'playwright-core';

/** Presses Approve, and Confirm where that is asked for. A double tap counts once, so the second press waits until it counts. */
export async function approveIn(article: Locator): Promise<void> {
  await article.getByRole('button', { name: 'Approve' }).click();
  await confirmIn(article);
}

/** The second press, where there is one. */
export async function confirmIn(article: Locator): Promise<void> {
  const confirm = article.getByRole('button', { name: /^Confirm/ });
  const recorded = article.getByText(/Approved by you|Recording…|^Sent$|^Done$/).first();
  await confirm.or(recorded).first().waitFor();
  if (!(await confirm.isVisible())) return;
  await article.locator('button[aria-disabled="false"]', { hasText: /^\s*Confirm/ }).click();
}
