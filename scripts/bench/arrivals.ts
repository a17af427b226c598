/** News that somebody waits for. It may come before anybody waits. */

export interface Arrivals<News> {
  arrive(name: string, news: News): void;
  wait(name: string): Promise<News>;
}

const patience_ms = 60_000;

export function createArrivals<News>(): Arrivals<News> {
  const came = new Map<string, News>();
  const waiting = new Map<string, (news: News) => void>();
  return {
    arrive(name, news) {
      const tell = waiting.get(name);
      if (tell === undefined) came.set(name, news);
      else tell(news);
    },
    wait(name) {
      const already = came.get(name);
      if (already !== undefined) {
        came.delete(name);
        return Promise.resolve(already);
      }
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(name);
          reject(new Error(`Not within ${patience_ms / 1_000} s: ${name}`));
        }, patience_ms);
        waiting.set(name, (news) => {
          clearTimeout(timer);
          waiting.delete(name);
          resolve(news);
        });
      });
    },
  };
}
