/** Accumulators of a tile of pixels by blocks of eight channels, written out: they have to stay in registers. */
function tile(pixels: number, blocks: number): string {
  const each = (line: (p: number, b: number) => string): string => Array.from({ length: pixels * blocks }, (_, i) => line(Math.floor(i / blocks), i % blocks)).join('\n');
  const perPixel = (line: (p: number) => string): string => Array.from({ length: pixels }, (_, p) => line(p)).join('\n');
  const perBlock = (line: (b: number) => string): string => Array.from({ length: blocks }, (_, b) => line(b)).join('\n');
  return `
static void sum_tile_${pixels}(const struct signs *s, const uint8_t *weights, int32_t row_bytes, int32_t taps, int32_t *sums)
{
  const __m256i all = _mm256_set1_epi32(taps);
${each((p, b) => `  __m512i count${p}${b} = _mm512_setzero_si512();`)}
  for (int32_t row = 0; row < s->rows; row++) {
    const uint8_t *x = s->first + row * s->row_step;
    for (int32_t i = 0; i < s->row_bytes; i += 8, weights += 64) {
${perBlock((b) => `      const __m512i w${b} = _mm512_loadu_si512(weights + ${b} * 8 * row_bytes);`)}
${perPixel((p) => `      const __m512i x${p} = broadcast_word(x + ${p} * s->pixel_step + i);`)}
${each((p, b) => `      count${p}${b} = _mm512_add_epi64(count${p}${b}, _mm512_popcnt_epi64(_mm512_xor_si512(x${p}, w${b})));`)}
    }
  }
${each((p, b) => `  store_counts(count${p}${b}, all, sums + ${64 * p + 8 * b});`)}
}
`;
}

/**
 * One-bit sums of four pixels at a time on AVX-512: a word of weights is read once for all of them. Layers of whole words and of a
 * multiple of 16 output channels.
 */
export const XNOR_GROUPS = `
#ifdef XNOR_GROUPS

static int32_t pixels_at_once(const struct window *g, const struct xnor_layer *l, int32_t left)
{
  (void)l;
  if (g->in_channels % 64 != 0 || g->out_channels % 16 != 0) return 0;
  return left >= 4 ? 4 : 1;
}

static void prepare_signs(const struct signs *s, int32_t row_bytes)
{
  (void)s;
  (void)row_bytes;
}

static __m512i broadcast_word(const uint8_t *from)
{
  uint64_t word;
  memcpy(&word, from, 8);
  return _mm512_set1_epi64((long long)word);
}

/* taps - 2 * count of eight channels. */
static void store_counts(__m512i counts, __m256i taps, int32_t *sums)
{
  const __m256i count = _mm512_cvtepi64_epi32(counts);
  _mm256_storeu_si256((__m256i *)(void *)sums, _mm256_sub_epi32(taps, _mm256_add_epi32(count, count)));
}
${tile(4, 2)}${tile(1, 2)}
static void sum_pixels(const struct xnor_layer *l, const struct signs *s, int32_t pixels, int32_t channel, int32_t count, int32_t row_bytes, int32_t taps, int32_t *sums)
{
  for (int32_t j = 0; j < count; j += 16) {
    const uint8_t *weights = l->weights + (channel + j) * row_bytes;
    if (pixels == 4) sum_tile_4(s, weights, row_bytes, taps, sums + j);
    else sum_tile_1(s, weights, row_bytes, taps, sums + j);
  }
}
#endif
`;
