/** Output channels that one vector of table lookups holds. */
export const NIBBLE_CHANNELS = 32;

/** Nibbles of a row, filled up to whole threes. */
export function nibbleCount(rowBytes: number): number {
  return Math.ceil((2 * rowBytes) / 3) * 3;
}

/** Sums of 32 channels by each of so many vectors, at both pixels, which lie 64 apart. A looked-up row serves all vectors. */
function sumPair(vectors: number): string {
  const each = (line: (v: number) => string): string => Array.from({ length: vectors }, (_, v) => line(v)).join('\n');
  return `
static void sum_pair_${32 * vectors}(const uint8_t *nibbles, int32_t count, int32_t taps, int32_t *sums)
{
  const __m256i zero = _mm256_setzero_si256(), low_half = _mm256_set1_epi8(15), low_byte = _mm256_set1_epi16(255);
${each((v) => `  __m256i first_even${v} = zero, first_odd${v} = zero, second_even${v} = zero, second_odd${v} = zero;`)}
  for (int32_t i = 0; i < count;) {
    /* A half byte holds three counts of at most 4, and a byte 48. */
    const int32_t end = count - i < 48 ? count : i + 48;
${each((v) => `    __m256i first${v} = zero, mixed${v} = zero;`)}
    for (; i < end; i += 3) {
      const __m256i row0 = counts_at(i), row1 = counts_at(i + 1), row2 = counts_at(i + 2);
${each((v) => `      const uint8_t *w${v} = nibbles + ${v} * 32 * count + 32 * i;
      const __m256i three${v} = _mm256_add_epi8(_mm256_add_epi8(look_up(row0, w${v}), look_up(row1, w${v} + 32)), look_up(row2, w${v} + 64));
      first${v} = _mm256_add_epi8(first${v}, _mm256_and_si256(three${v}, low_half));
      /* Of every two bytes: the second pixel of the even one, 16 times the first of the odd one, 256 times its second. */
      mixed${v} = _mm256_add_epi16(mixed${v}, _mm256_srli_epi16(three${v}, 4));`)}
    }
${each((v) => `    const __m256i odd${v} = _mm256_srli_epi16(first${v}, 8);
    const __m256i second${v} = _mm256_sub_epi16(mixed${v}, _mm256_slli_epi16(odd${v}, 4));
    first_even${v} = _mm256_add_epi16(first_even${v}, _mm256_and_si256(first${v}, low_byte));
    first_odd${v} = _mm256_add_epi16(first_odd${v}, odd${v});
    second_even${v} = _mm256_add_epi16(second_even${v}, _mm256_and_si256(second${v}, low_byte));
    second_odd${v} = _mm256_add_epi16(second_odd${v}, _mm256_srli_epi16(second${v}, 8));`)}
  }
${each((v) => `  store_sums(first_even${v}, first_odd${v}, taps, sums + ${32 * v});
  store_sums(second_even${v}, second_odd${v}, taps, sums + ${64 + 32 * v});`)}
}
`;
}

/**
 * One-bit sums of two pixels at a time on AVX2: four weights and the signs of both pixels give both counts by one lookup, for 32
 * output channels. The low halves of a row's bytes come first, then the high ones. PAIR_NIBBLES is the longest row of the
 * network; without it no layer has the form.
 */
export const XNOR_TABLES = `
#ifdef XNOR_TABLES
/* Row n0 + 16 * n1, column w: the bits in which w differs from n0, and, 16 times, from n1. */
static uint8_t counts_of[256][16];
static uint8_t pair[PAIR_NIBBLES];

static int32_t nibble_count(int32_t row_bytes)
{
  return (2 * row_bytes + 2) / 3 * 3;
}

static void fill_counts(void)
{
  static const uint8_t ones[16] = { 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4 };
  for (int32_t n = 0; n < 256; n++)
    for (int32_t w = 0; w < 16; w++) counts_of[n][w] = (uint8_t)(ones[(n & 15) ^ w] + 16 * ones[(n >> 4) ^ w]);
}

/* Rows of one bit a weight, eight side by side, to [block of 32 channels][nibble][channel]. */
static void spread_nibbles(const struct window *g, const uint8_t *weights, uint8_t *nibbles)
{
  const int32_t row_bytes = g->kernel_height * g->kernel_width * ((g->in_channels + 7) / 8);
  const int32_t whole = row_bytes / 8 * 8, rest = row_bytes - whole;
  for (int32_t channel = 0; channel < g->out_channels; channel++) {
    const uint8_t *block = weights + channel / 8 * 8 * row_bytes;
    const int32_t lane = channel % 8;
    uint8_t *to = nibbles + channel / 32 * 32 * nibble_count(row_bytes) + channel % 32;
    for (int32_t i = 0; i < row_bytes; i++) {
      const uint8_t byte = i < whole ? block[i / 8 * 64 + lane * 8 + i % 8] : block[whole * 8 + lane * rest + i - whole];
      to[32 * i] = byte & 15;
      to[32 * (row_bytes + i)] = byte >> 4;
    }
  }
}

static int32_t pixels_at_once(const struct window *g, const struct xnor_layer *l, int32_t left)
{
  (void)g;
  return l->nibbles && left >= 2 ? 2 : 0;
}

/* The nibbles of both pixels side by side, to look up. */
static void prepare_signs(const struct signs *s, int32_t row_bytes)
{
  const uint64_t low = 0x0f0f0f0f0f0f0f0f;
  uint8_t *to = pair;
  for (int32_t row = 0; row < s->rows; row++) {
    const uint8_t *first = s->first + row * s->row_step, *second = first + s->pixel_step;
    int32_t i = 0;
    for (; i + 8 <= s->row_bytes; i += 8, to += 8) {
      uint64_t a, b;
      memcpy(&a, first + i, 8);
      memcpy(&b, second + i, 8);
      const uint64_t lower = (a & low) | (b & low) << 4, upper = (a >> 4 & low) | (b & ~low);
      memcpy(to, &lower, 8);
      memcpy(to + row_bytes, &upper, 8);
    }
    for (; i < s->row_bytes; i++, to++) {
      to[0] = (uint8_t)((first[i] & 15) | second[i] << 4);
      to[row_bytes] = (uint8_t)(first[i] >> 4 | (second[i] & 240));
    }
  }
  /* What fills up the last three counts nothing: its weights are 0 as well. */
  for (int32_t i = 2 * row_bytes; i < nibble_count(row_bytes); i++) pair[i] = 0;
}

static __m256i counts_at(int32_t i)
{
  return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)counts_of[pair[i]]));
}

static __m256i look_up(__m256i counts, const uint8_t *nibbles)
{
  return _mm256_shuffle_epi8(counts, _mm256_loadu_si256((const __m256i *)(const void *)nibbles));
}

/* taps - 2 * count of 32 channels whose counts lie in the even and the odd bytes. */
static void store_sums(__m256i even, __m256i odd, int32_t taps, int32_t *sums)
{
  const __m256i all = _mm256_set1_epi32(taps);
  const __m256i low = _mm256_unpacklo_epi16(even, odd), high = _mm256_unpackhi_epi16(even, odd);
  const __m128i eights[4] = { _mm256_castsi256_si128(low), _mm256_castsi256_si128(high), _mm256_extracti128_si256(low, 1), _mm256_extracti128_si256(high, 1) };
  for (int32_t i = 0; i < 4; i++) {
    const __m256i counts = _mm256_cvtepu16_epi32(eights[i]);
    _mm256_storeu_si256((__m256i *)(void *)(sums + 8 * i), _mm256_sub_epi32(all, _mm256_add_epi32(counts, counts)));
  }
}
${sumPair(2)}${sumPair(1)}
static void sum_pixels(const struct xnor_layer *l, const struct signs *s, int32_t pixels, int32_t channel, int32_t count, int32_t row_bytes, int32_t taps, int32_t *sums)
{
  const uint8_t *nibbles = l->nibbles + channel * nibble_count(row_bytes);
  (void)s;
  (void)pixels;
  if (count == 64) sum_pair_64(nibbles, nibble_count(row_bytes), taps, sums);
  else sum_pair_32(nibbles, nibble_count(row_bytes), taps, sums);
}
#endif
`;
