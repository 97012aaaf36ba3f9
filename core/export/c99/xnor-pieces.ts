import type { Piece } from './piece.ts';
import { XNOR_GROUPS } from './xnor-groups.ts';
import { XNOR_TABLES } from './xnor-tables.ts';

/**
 * One-bit layers: xor and count. Eight output channels lie side by side in 64-bit lanes (see packSignRows), so that vectors need
 * no sum across lanes. Counting by table lookup of nibbles: Muła, Kurz, Lemire 2018, Faster Population Counts Using AVX2 Instructions.
 */
export const XNOR_PIECES: Readonly<Record<string, Piece>> = {
  mismatch_rows: {
    needs: [],
    text: `
#if UINTPTR_MAX > 0xffffffffu
typedef uint64_t machine_word;
#else
typedef uint32_t machine_word;
#endif

static machine_word load_word(const uint8_t *from)
{
  machine_word word;
  memcpy(&word, from, sizeof word);
  return word;
}

/* Ones in every byte of a word. */
static machine_word ones_by_byte(machine_word x)
{
  const machine_word all = (machine_word)-1;
  x -= (x >> 1) & (all / 3);
  x = (x & (all / 5)) + ((x >> 2) & (all / 5));
  return (x + (x >> 4)) & (all / 17);
}

/* Sum of the bytes of a word that add up to less than 65536. */
static int32_t sum_of_bytes(machine_word x)
{
  const machine_word low_halves = (machine_word)-1 / 257;
  x = (x & low_halves) + ((x >> 8) & low_halves);
  /* Without a product, which vectors of 64-bit lanes do not have. */
  for (uint32_t shift = 4 * (uint32_t)sizeof x; shift >= 16; shift /= 2) x += x >> shift;
  return (int32_t)(x & 65535);
}

/* Bits in which two rows differ. */
static int32_t mismatches(const uint8_t *a, const uint8_t *b, int32_t bytes)
{
  int32_t count = 0;
  int32_t i = 0;
  for (; i + (int32_t)sizeof(machine_word) <= bytes; i += (int32_t)sizeof(machine_word)) count += sum_of_bytes(ones_by_byte(load_word(a + i) ^ load_word(b + i)));
  for (; i < bytes; i++) count += sum_of_bytes(ones_by_byte((machine_word)(uint8_t)(a[i] ^ b[i])));
  return count;
}
`,
  },
  mismatch_blocks: {
    needs: ['mismatch_rows'],
    text: `
/* counts[8]: the bits in which the words of 'patch' differ from those of eight channels that lie side by side. */
#if defined(__AVX512F__) && defined(__AVX512VL__) && defined(__AVX512VPOPCNTDQ__)

static void count_words(const uint8_t *patch, const uint8_t *weights, int32_t words, int32_t *counts)
{
  __m512i sum = _mm512_setzero_si512();
  for (int32_t i = 0; i < words; i++) {
    uint64_t word;
    memcpy(&word, patch + 8 * i, 8);
    const __m512i differ = _mm512_xor_si512(_mm512_set1_epi64((long long)word), _mm512_loadu_si512(weights + 64 * i));
    sum = _mm512_add_epi64(sum, _mm512_popcnt_epi64(differ));
  }
  _mm256_storeu_si256((__m256i *)(void *)counts, _mm512_cvtepi64_epi32(sum));
}

#elif defined(__AVX2__)

/* Ones in every byte, looked up by nibble. */
static __m256i ones_in_bytes(__m256i x)
{
  const __m256i nibble = _mm256_set1_epi8(15);
  const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
  const __m256i low = _mm256_shuffle_epi8(table, _mm256_and_si256(x, nibble));
  const __m256i high = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(x, 4), nibble));
  return _mm256_add_epi8(low, high);
}

static void count_words(const uint8_t *patch, const uint8_t *weights, int32_t words, int32_t *counts)
{
  const __m256i zero = _mm256_setzero_si256();
  __m256i low = zero, high = zero;
  for (int32_t i = 0; i < words;) {
    /* A byte holds 31 counts of at most 8. */
    const int32_t end = words - i < 31 ? words : i + 31;
    __m256i low_bytes = zero, high_bytes = zero;
    for (; i < end; i++) {
      uint64_t word;
      memcpy(&word, patch + 8 * i, 8);
      const __m256i x = _mm256_set1_epi64x((long long)word);
      const __m256i *w = (const __m256i *)(const void *)(weights + 64 * i);
      low_bytes = _mm256_add_epi8(low_bytes, ones_in_bytes(_mm256_xor_si256(x, _mm256_loadu_si256(w))));
      high_bytes = _mm256_add_epi8(high_bytes, ones_in_bytes(_mm256_xor_si256(x, _mm256_loadu_si256(w + 1))));
    }
    low = _mm256_add_epi64(low, _mm256_sad_epu8(low_bytes, zero));
    high = _mm256_add_epi64(high, _mm256_sad_epu8(high_bytes, zero));
  }
  /* The low halves of eight 64-bit lanes, in order. */
  const __m256i halves = _mm256_castps_si256(_mm256_shuffle_ps(_mm256_castsi256_ps(low), _mm256_castsi256_ps(high), 0x88));
  _mm256_storeu_si256((__m256i *)(void *)counts, _mm256_permute4x64_epi64(halves, 0xd8));
}

#elif defined(__ARM_NEON) && defined(__aarch64__)

static void count_words(const uint8_t *patch, const uint8_t *weights, int32_t words, int32_t *counts)
{
  uint64x2_t sums[4] = { vdupq_n_u64(0), vdupq_n_u64(0), vdupq_n_u64(0), vdupq_n_u64(0) };
  for (int32_t i = 0; i < words;) {
    /* A byte holds 31 counts of at most 8. */
    const int32_t end = words - i < 31 ? words : i + 31;
    uint8x16_t bytes[4] = { vdupq_n_u8(0), vdupq_n_u8(0), vdupq_n_u8(0), vdupq_n_u8(0) };
    for (; i < end; i++) {
      const uint8x8_t word = vld1_u8(patch + 8 * i);
      const uint8x16_t x = vcombine_u8(word, word);
      for (int32_t j = 0; j < 4; j++) bytes[j] = vaddq_u8(bytes[j], vcntq_u8(veorq_u8(x, vld1q_u8(weights + 64 * i + 16 * j))));
    }
    for (int32_t j = 0; j < 4; j++) sums[j] = vaddq_u64(sums[j], vpaddlq_u32(vpaddlq_u16(vpaddlq_u8(bytes[j]))));
  }
  for (int32_t j = 0; j < 4; j++) {
    counts[2 * j] = (int32_t)vgetq_lane_u64(sums[j], 0);
    counts[2 * j + 1] = (int32_t)vgetq_lane_u64(sums[j], 1);
  }
}

#else

#if LONGEST_ROW >= 24
/* Ones in every byte of three words together: pairs and nibbles have room for what a third word adds (Lauradoux 2009). */
static machine_word ones_of_three(machine_word a, machine_word b, machine_word c)
{
  const machine_word all = (machine_word)-1;
  a -= (a >> 1) & (all / 3);
  b -= (b >> 1) & (all / 3);
  a += c & (all / 3);
  b += (c >> 1) & (all / 3);
  a = (a & (all / 5)) + ((a >> 2) & (all / 5));
  a += (b & (all / 5)) + ((b >> 2) & (all / 5));
  return (a & (all / 17)) + ((a >> 4) & (all / 17));
}
#endif

static void count_words(const uint8_t *patch, const uint8_t *weights, int32_t words, int32_t *counts)
{
  memset(counts, 0, 8 * sizeof(int32_t));
  for (int32_t i = 0; i < words;) {
    /* A byte holds 31 counts of at most 8; half as many leave room for both halves of a 64-bit word on 32-bit machines. */
    const int32_t end = words - i < 15 ? words : i + 15;
    machine_word bytes[8] = { 0 };
#if LONGEST_ROW >= 24
    for (; i + 3 <= end; i += 3)
      for (int32_t part = 0; part < 8; part += (int32_t)sizeof(machine_word)) {
        const uint8_t *x = patch + 8 * i + part, *w = weights + 64 * i + part;
        const machine_word x0 = load_word(x), x1 = load_word(x + 8), x2 = load_word(x + 16);
        for (int32_t j = 0; j < 8; j++) bytes[j] += ones_of_three(x0 ^ load_word(w + 8 * j), x1 ^ load_word(w + 64 + 8 * j), x2 ^ load_word(w + 128 + 8 * j));
      }
#endif
    for (; i < end; i++)
      for (int32_t part = 0; part < 8; part += (int32_t)sizeof(machine_word)) {
        const machine_word x = load_word(patch + 8 * i + part);
        for (int32_t j = 0; j < 8; j++) bytes[j] += ones_by_byte(x ^ load_word(weights + 64 * i + 8 * j + part));
      }
    for (int32_t j = 0; j < 8; j++) counts[j] += sum_of_bytes(bytes[j]);
  }
}

#endif

static void count_block(const uint8_t *patch, const uint8_t *weights, int32_t row_bytes, int32_t *counts)
{
  const int32_t words = row_bytes / 8;
  const int32_t rest = row_bytes - 8 * words;
  count_words(patch, weights, words, counts);
  if (rest == 0) return;
  for (int32_t j = 0; j < 8; j++) counts[j] += mismatches(patch + 8 * words, weights + 64 * words + j * rest, rest);
}
`,
  },
  sign_windows: {
    needs: ['window'],
    text: `
#if LONGEST_ROW > 0 && defined(__AVX512F__) && defined(__AVX512VL__) && defined(__AVX512VPOPCNTDQ__)
#define XNOR_GROUPS
#elif defined(PAIR_NIBBLES) && defined(__AVX2__)
#define XNOR_TABLES
#endif

#define PADDING_NOT_COUNTED 0
#define PADDING_MINUS 1
#define PADDING_PLUS 2

struct xnor_layer {
  /* A row of one bit a weight for every output channel, every tap beginning a byte; eight rows side by side. */
  const uint8_t *weights;
  int32_t padding;
#ifdef XNOR_TABLES
  /* Filled by the first run; null where the output channels are no multiple of 32. */
  uint8_t *nibbles;
#endif
};

/* Signs under the window at one place, tap behind tap, padded ones all -1 or all +1. The number of padded taps. */
static int32_t take_signs(const struct window *g, const uint8_t *input, int32_t oy, int32_t ox, int plus, uint8_t *patch)
{
  const int32_t tap_bytes = (g->in_channels + 7) / 8;
  const int32_t pixel_bytes = (g->in_channels + 63) / 64 * 8;
  const int32_t left = ox * g->stride_x - g->pad_left;
  int32_t padded = 0;
  for (int32_t ky = 0; ky < g->kernel_height; ky++) {
    const int32_t y = oy * g->stride_y + ky * g->dilation_y - g->pad_top;
    const int inside = y >= 0 && y < g->in_height;
    const uint8_t *line = input + (inside ? y : 0) * g->in_width * pixel_bytes;
    if (inside && g->dilation_x == 1 && tap_bytes == pixel_bytes && left >= 0 && left + g->kernel_width <= g->in_width) {
      memcpy(patch, line + left * pixel_bytes, (size_t)(g->kernel_width * tap_bytes));
      patch += g->kernel_width * tap_bytes;
      continue;
    }
    for (int32_t kx = 0; kx < g->kernel_width; kx++, patch += tap_bytes) {
      const int32_t x = left + kx * g->dilation_x;
      if (inside && x >= 0 && x < g->in_width) {
        memcpy(patch, line + x * pixel_bytes, (size_t)tap_bytes);
        continue;
      }
      padded++;
      memset(patch, plus ? 255 : 0, (size_t)tap_bytes);
      if (plus && g->in_channels % 8 != 0) patch[tap_bytes - 1] = (uint8_t)((1 << (g->in_channels % 8)) - 1);
    }
  }
  return padded;
}

#if defined(XNOR_TABLES) || defined(XNOR_GROUPS)
/* Where the signs of some neighbouring pixels lie: rows of the image as they are, or, at its borders, one row a pixel in 'patches'. */
struct signs {
  const uint8_t *first;
  int32_t pixel_step, rows, row_step, row_bytes;
};

static uint8_t patches[4 * LONGEST_ROW];

/* 0 where one of the pixels has padding that is not counted. */
static int find_signs(const struct window *g, const struct xnor_layer *l, const uint8_t *input, int32_t oy, int32_t ox, int32_t pixels, struct signs *s)
{
  const int32_t tap_bytes = (g->in_channels + 7) / 8, pixel_bytes = (g->in_channels + 63) / 64 * 8;
  const int32_t top = oy * g->stride_y - g->pad_top, left = ox * g->stride_x - g->pad_left;
  const int inside = top >= 0 && top + (g->kernel_height - 1) * g->dilation_y < g->in_height && left >= 0 && left + (pixels - 1) * g->stride_x + g->kernel_width <= g->in_width;
  if (inside && tap_bytes == pixel_bytes && g->dilation_x == 1) {
    *s = (struct signs){ input + (top * g->in_width + left) * pixel_bytes, g->stride_x * pixel_bytes, g->kernel_height, g->dilation_y * g->in_width * pixel_bytes, g->kernel_width * tap_bytes };
    return 1;
  }
  const int32_t row_bytes = g->kernel_height * g->kernel_width * tap_bytes;
  int32_t padded = 0;
  for (int32_t p = 0; p < pixels; p++) padded += take_signs(g, input, oy, ox + p, l->padding == PADDING_PLUS, patches + p * row_bytes);
  *s = (struct signs){ patches, row_bytes, 1, 0, row_bytes };
  return padded == 0 || l->padding != PADDING_NOT_COUNTED;
}
#endif
`,
  },
  xnor_tables: {
    needs: ['window', 'sign_windows'],
    text: XNOR_TABLES,
  },
  xnor_groups: {
    needs: ['window', 'sign_windows'],
    text: XNOR_GROUPS,
  },
  xnor_conv: {
    needs: ['window', 'finish', 'mismatch_blocks', 'sign_windows', 'xnor_tables', 'xnor_groups'],
    text: `
static void count_channels(const struct xnor_layer *l, const uint8_t *patch, int32_t row_bytes, int32_t channel, int32_t count, int32_t *counts)
{
  if (count == 8) count_block(patch, l->weights + channel * row_bytes, row_bytes, counts);
  else for (int32_t j = 0; j < count; j++) counts[j] = mismatches(patch, l->weights + (channel + j) * row_bytes, row_bytes);
}

/*
 * Sums of products of signs: taps less twice the mismatches. Taps that are not counted are counted as -1 and as +1, and the mean
 * of the two sums is taken: it is exact. 'patch' has room for two rows.
 */
static void xnor_conv(const struct window *g, const struct xnor_layer *l, const struct finish *f, const uint8_t *input, void *output, uint8_t *patch)
{
  const int32_t taps = g->kernel_height * g->kernel_width * g->in_channels;
  const int32_t row_bytes = g->kernel_height * g->kernel_width * ((g->in_channels + 7) / 8);
  uint8_t *pixel = (uint8_t *)output;
  for (int32_t oy = 0; oy < g->out_height; oy++)
    for (int32_t ox = 0; ox < g->out_width; ox++, pixel += f->pixel_bytes) {
#if defined(XNOR_TABLES) || defined(XNOR_GROUPS)
      /* Several pixels at a time, and up to 64 channels of each. */
      const int32_t pixels = pixels_at_once(g, l, g->out_width - ox);
      struct signs signs;
      if (pixels > 0 && find_signs(g, l, input, oy, ox, pixels, &signs)) {
        prepare_signs(&signs, row_bytes);
        for (int32_t channel = 0; channel < g->out_channels; channel += 64) {
          int32_t sums[4 * 64];
          const int32_t count = g->out_channels - channel < 64 ? g->out_channels - channel : 64;
          sum_pixels(l, &signs, pixels, channel, count, row_bytes, taps, sums);
          for (int32_t p = 0; p < pixels; p++) f->store(f, pixel + p * f->pixel_bytes, channel, sums + 64 * p, count);
        }
        ox += pixels - 1;
        pixel += (pixels - 1) * f->pixel_bytes;
        continue;
      }
#endif
      const int32_t padded = take_signs(g, input, oy, ox, l->padding == PADDING_PLUS, patch);
      const int both = l->padding == PADDING_NOT_COUNTED && padded > 0;
      if (both) take_signs(g, input, oy, ox, 1, patch + row_bytes);
      for (int32_t channel = 0; channel < g->out_channels; channel += 8) {
        const int32_t count = g->out_channels - channel < 8 ? g->out_channels - channel : 8;
        int32_t sums[8] = { 0 }, again[8] = { 0 };
        count_channels(l, patch, row_bytes, channel, count, sums);
        if (both) count_channels(l, patch + row_bytes, row_bytes, channel, count, again);
        for (int32_t j = 0; j < 8; j++) sums[j] = both ? taps - sums[j] - again[j] : taps - 2 * sums[j];
        f->store(f, pixel, channel, sums, count);
      }
    }
}
`,
  },
};
