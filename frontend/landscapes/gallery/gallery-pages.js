/** The pages of a gallery with many cards. Each has an address of its own. */

/** Cards of a page: full rows of one to six columns, and of eight. */
export const PAGE_CARDS = 120;

/**
 * The part of some sections that stands on a page. A section that spans several pages has its title on
 * each; one without a card on the page is left out.
 * @template {{cards: readonly unknown[]}} S
 * @param {readonly S[]} sections
 * @param {number | null} wanted  the page, from 1; null is the first, one beyond the last is the last
 * @returns {{sections: S[], number: number, last: number}}
 */
export function pageOf(sections, wanted) {
  const count = sections.reduce((sum, { cards }) => sum + cards.length, 0);
  const last = Math.max(1, Math.ceil(count / PAGE_CARDS));
  const number = Math.min(last, Math.max(1, Math.round(wanted ?? 1)));
  const from = (number - 1) * PAGE_CARDS;
  let begin = 0;
  const shown = sections.flatMap((section) => {
    const cards = section.cards.slice(Math.max(0, from - begin), Math.max(0, from + PAGE_CARDS - begin));
    begin += section.cards.length;
    return cards.length ? [{ ...section, cards }] : [];
  });
  return { sections: shown, number, last };
}

/**
 * The pages that are linked to from one of them: the first, the last and its neighbours; null for a gap.
 * @param {number} number
 * @param {number} last
 * @returns {(number | null)[]}
 */
export function linkedPages(number, last) {
  const near = [1, number - 1, number, number + 1, last].filter((page) => page >= 1 && page <= last);
  const pages = [...new Set(near)].sort((a, b) => a - b);
  return pages.flatMap((page, i) => {
    const left = page - Number(pages[i - 1] ?? 0);
    // A gap of one page is that page.
    return left > 2 ? [null, page] : left === 2 ? [page - 1, page] : [page];
  });
}
