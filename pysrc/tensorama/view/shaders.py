"""What the graphics card does with a map: place it, read its numbers, colour its cells.

Quads carry both of their places, closed and open; a small texture has one column per block with
where it stands, how far it is open and how brightly it is lit. So opening, sliding apart and a run
that passes through cost a few numbers a frame, whatever the number of maps.

Of a map in a closed stack only the edge is drawn that the one before it leaves bare: where a
processor draws, what is hidden would take most of the time. There an instance costs as much as some
hundred corners, too; so one instance is many quads, which read what they are from textures.
"""

MAPS_VERTEX = """
precision highp float;
precision highp sampler2D;
uniform mat4 uMatrix;
uniform vec3 uEye;
// a column for each block; rows: anchor, opening | lit, pulse, focus, scale |
// shown, factor, whether any number is negative, 0 number 1 integer 2 true or false 3 name |
// heat 0..1 or -1
uniform sampler2D uBlocks;
// a cell for each quad that is drawn, row after row
uniform sampler2D uClosed;   // how far behind the map that hides it, 0, z, width
uniform sampler2D uOpen;
uniform sampler2D uCells;    // cols, rows, valid cells, height / width
uniform sampler2D uSlot;     // column, row, page + 1024 · level in the atlas; scale of this map
uniform sampler2D uWhat;     // block, map (-1: summary), 0 map 1 tiles 2 image, place in stack
uniform int uCount;          // so many of them
uniform int uTogether;       // so many are one instance
in vec3 position;            // 1: the edge on the eye's side, -1: the other, 0: where it is bare;
                             // and the number of its quad in the instance
out vec2 vCell;
flat out vec4 vCells;
flat out vec4 vSlot;
flat out vec4 vWhat;
flat out vec4 vState;
flat out float vOpening;
flat out float vFactor;      // what the block's numbers are multiplied by in the texture
flat out float vSigned;      // whether the block has negative numbers
flat out float vSort;
flat out float vHeat;
flat out int vStep;          // so many cells along an edge are one in the atlas

void main() {
  int quad = gl_InstanceID * uTogether + int(position.z);
  if (quad >= uCount) {
    gl_Position = vec4(2.0, 2.0, 2.0, 1.0);  // out of sight
    return;
  }
  int width = textureSize(uWhat, 0).x;
  ivec2 own = ivec2(quad % width, quad / width);
  vec4 closed = texelFetch(uClosed, own, 0), opened = texelFetch(uOpen, own, 0);
  vec4 cells = texelFetch(uCells, own, 0), slot = texelFetch(uSlot, own, 0);
  vec4 what = texelFetch(uWhat, own, 0);
  vec4 anchor = texelFetch(uBlocks, ivec2(int(what.x), 0), 0);
  vState = texelFetch(uBlocks, ivec2(int(what.x), 1), 0);
  vOpening = anchor.w;
  vec4 more = texelFetch(uBlocks, ivec2(int(what.x), 2), 0);
  float shown = more.x;
  vFactor = more.y;
  vSigned = more.z;
  vSort = more.w;
  vHeat = texelFetch(uBlocks, ivec2(int(what.x), 3), 0).x;
  vec4 place = mix(vec4(0.0, closed.yzw), opened, anchor.w) * shown;
  vec2 size = place.w * vec2(1.0, cells.w);
  vec3 middle = anchor.xyz + place.xyz;

  vec2 side = mix(vec2(1.0), vec2(-1.0), lessThan(uEye.xy, middle.xy));
  float gap = closed.x * shown, away = uEye.z - middle.z - gap;  // from the eye to what hides it
  vec2 bare = (abs(uEye.xy - middle.xy) / max(size, 1e-6) - 0.5) * gap / away;
  bare = clamp(mix(vec2(0.0), bare + 0.02, greaterThan(bare, vec2(0.0))), 0.0, 1.0);
  if (gap == 0.0 || away <= 0.0 || anchor.w > 0.0) bare = vec2(1.0);
  vec2 at = side * mix(0.5 * position.xy, 0.5 - bare, equal(position.xy, vec2(0.0)));

  vec3 point = middle + vec3(at * size, 0.0);
  vCell = vec2(at.x + 0.5, 0.5 - at.y) * cells.xy;
  vCells = cells;
  vSlot = vec4(slot.xy, mod(slot.z, 1024.0), slot.w);
  vStep = 1 << int(slot.z / 1024.0);
  vWhat = what;
  gl_Position = uMatrix * vec4(point, 1.0);
}
"""

MAPS_FRAGMENT = """
precision highp float;
precision highp sampler2DArray;
precision highp sampler2D;
uniform sampler2DArray uValues;
uniform sampler2D uPalette;  // from the most negative to the most positive; hues of names
uniform vec3 uGround, uHairline, uInk, uZero, uMost, uOdd, uCold, uHot;
uniform float uNetworkScale;
uniform float uFine;         // pixels for one of the screen's: others in a picture to keep
uniform float uClear;        // 1: there is no ground, nor is anything painted in its colour
uniform float uLens;         // 1: something else than the values is shown
uniform int uScaleMode;      // 0: per map, 1: per layer, 2: whole network
uniform vec4 uHover;         // block, map, column, row under the pointer; block -1: none
uniform vec4 uDark;          // block, map, first and last cell of it that is not reached; -1: none
in vec2 vCell;
flat in vec4 vCells;
flat in vec4 vSlot;
flat in vec4 vWhat;
flat in vec4 vState;
flat in float vOpening;
flat in float vFactor;
flat in float vSigned;       // below 0: nothing is known of its numbers
flat in int vStep;
flat in float vSort;
flat in float vHeat;
out vec4 colour;

// What is the same for all cells of a pixel, so that it is worked out once: a processor that draws
// computes both sides of every branch for each of them.
bool image, dark;            // three channels as one picture; where cells are left dark
int aside;                   // so far to the right stands the next channel
vec3 most, least;            // what is too large for any scale, plus and minus: struck out

void prepare(vec2 span) {
  image = vWhat.z == 2.0 && uLens < 0.5;  // red, green, blue stand to the right of the face
  aside = image ? int((vCells.x - 0.5) / float(vStep)) + 1 : 0;
  dark = uDark.x == vWhat.x && uDark.y == vWhat.y;
  span *= uFine;
  float across = abs(fract(vCell.x + vCell.y) - 0.5) / max(span.x + span.y, 1e-5);
  float near = 1.0 - smoothstep(0.1, 0.25, max(span.x, span.y));
  float struck = mix(0.3, 1.0 - smoothstep(0.2, 0.8, across), near);
  most = mix(uMost, uGround, struck);
  least = mix(uGround, mix(uHairline, uInk, 0.3), struck);
}

bool present(ivec2 cell) {
  return float(cell.x) * vCells.y + float(cell.y) < vCells.z || vWhat.z != 1.0;
}

vec4 coloured(ivec2 cell, float scale) {
  cell = clamp(cell, ivec2(0), ivec2(vCells.xy) - 1);
  ivec2 place = ivec2(vSlot.xy + (vec2(cell) + 0.5) / float(vStep));
  ivec3 slot = ivec3(place, int(vSlot.z));
  float value = texelFetch(uValues, slot + ivec3(aside, 0, 0), 0).r;
  if (!present(cell) || (isinf(value) && value < 0.0)) return vec4(0.0);
  bool name = vSort == 3.0;
  float part = clamp(name ? value * 2.0 - 1.0 : value / scale, -1.0, 1.0);
  vec3 rgb = texelFetch(uPalette, ivec2(round(part * 256.0) + 256.0, name ? 1 : 0), 0).rgb;
  if (abs(value) > 5e4) rgb = isinf(value) ? uOdd : value > 0.0 ? most : least;
  if (image) {
    vec3 values = vec3(value, texelFetch(uValues, slot + ivec3(2 * aside, 0, 0), 0).r,
                       texelFetch(uValues, slot + ivec3(3 * aside, 0, 0), 0).r);
    rgb = clamp(values / max(vState.w, 1e-6) * (vSigned > 0.5 ? 0.5 : 1.0)
                + (vSigned > 0.5 ? 0.5 : 0.0), 0.0, 1.0);
  }
  if (dark) {
    float number = vWhat.z == 1.0 ? float(cell.x) * vCells.y + float(cell.y)
                                  : float(cell.y) * vCells.x + float(cell.x);
    if (number >= uDark.z && number <= uDark.w) rgb = mix(uZero, uGround, 0.35);
  }
  return vec4(rgb, 1.0);
}

void main() {
  float scale = uScaleMode == 0 ? vSlot.w
              : uScaleMode == 1 || vSort > 0.5 ? vState.w : uNetworkScale * vFactor;
  scale = max(scale, 1e-6);
  vec2 span = fwidth(vCell);               // cells per pixel
  float widest = max(span.x, span.y);
  // the cells that are seen in this pixel: one; across a border up to four, in proportion, so that
  // it is smooth; and where they are smaller than pixels some of them, in equal parts
  bool sharp = widest <= 1.0;
  vec2 base = floor(vCell - 0.5);
  vec2 part = clamp((vCell - base - 1.0) / max(span, 1e-5) + 0.5, 0.0, 1.0);
  base += step(1.0, part);
  part -= step(1.0, part);
  float taps = min(4.0, ceil(widest));
  ivec2 count = sharp ? 1 + ivec2(sign(part)) : ivec2(taps);
  vec2 first = sharp ? base + 0.5 : vCell + (0.5 / taps - 0.5) * span;
  vec2 apart = sharp ? vec2(1.0) : span / taps;
  vec4 sum = vec4(0.0);
  prepare(span);
  for (int down = 0; down < count.y; down++)
    for (int right = 0; right < count.x; right++) {
      vec2 which = vec2(right, down);
      vec2 share = sharp ? mix(1.0 - part, part, which) : vec2(1.0 / taps);
      sum += share.x * share.y * coloured(ivec2(floor(first + which * apart)), scale);
    }
  ivec2 here = ivec2(floor(vCell));
  if (vCells.z < 0.5 || vSigned < -0.5) {  // no numbers: the outline of a block, and nothing in it
    vec2 rim = min(vCell, vCells.xy - vCell) / max(span, vec2(1e-5));
    if (min(rim.x, rim.y) > 1.5 * uFine) discard;
    colour = vec4(mix(mix(uHairline, uInk, 0.35), uGround, vState.z), 1.0);
    return;
  }
  if (!present(here) || sum.a == 0.0) discard;
  vec3 rgb = sum.a > 0.0 ? sum.rgb / max(sum.a, 0.001) : uGround;

  // the run: silent layers are at zero, a layer that was just computed flares up
  rgb = mix(mix(uZero, uGround, 0.35), rgb, vState.x);
  rgb += (rgb - uGround) * vState.y * 0.35;
  // heat: what it takes from afar, and from near, where numbers are read, the values again
  float pixels = 1.0 / max(widest * uFine, 1e-5);  // of the screen per cell
  if (vHeat >= 0.0) {
    float warm = vState.x * (1.0 - smoothstep(14.0, 34.0, pixels));
    rgb = mix(rgb, mix(mix(uCold, uHot, vHeat), vec3(dot(rgb, vec3(0.3, 0.59, 0.11))), 0.3), warm);
  }

  // deep in a closed stack it grows a little dimmer, so that the stack is read as one thing
  rgb = mix(rgb, uGround, 0.42 * vWhat.w * (1.0 - vOpening));
  // the summary dissolves as the layer opens
  if (vWhat.y < -0.5) {
    float grain = fract(sin(dot(floor(vCell), vec2(12.9898, 78.233))) * 43758.5453);
    if (grain < vOpening * 1.6 - 0.1) discard;
  }

  // borders of cells, once they are large enough; tiles have real gaps
  vec2 edge = min(fract(vCell), 1.0 - fract(vCell)) / max(span, vec2(1e-5));  // pixels to a border
  float nearest = min(edge.x, edge.y) / uFine, soft = 0.5 / uFine;
  float solid = 1.0;
  if (vWhat.z == 1.0) {
    float gap = clamp(pixels * 0.07, 0.0, 3.0);
    solid = smoothstep(gap - soft, gap + soft, nearest);
    solid = mix(1.0, solid, smoothstep(3.0, 7.0, pixels));
    rgb = mix(uGround, rgb, solid);
  } else {
    float line = 1.0 - smoothstep(0.6 - 0.8 * soft, 0.6 + 0.8 * soft, nearest);
    line *= smoothstep(9.0, 26.0, pixels);
    rgb = mix(rgb, uGround, line * 0.5);
    vec2 rim = min(vCell, vCells.xy - vCell) / max(span * uFine, vec2(1e-5));
    vec2 size = vCells.xy / (span * uFine);
    float frame = 1.0 - smoothstep(0.9 - soft, 0.9 + soft, min(rim.x, rim.y));
    frame *= smoothstep(5.0, 22.0, min(size.x, size.y));  // not on tiny maps
    vec3 frameColour = mix(uHairline, uInk, 0.1 + 0.55 * vState.y);
    rgb = mix(rgb, frameColour, frame * 0.8);
  }

  rgb = mix(rgb, uGround, vState.z);       // not in the focus: it recedes
  if (uHover.x == vWhat.x && uHover.y == vWhat.y && ivec2(uHover.zw) == here) {
    float mark = 1.0 - smoothstep(1.7 - soft, 1.7 + soft, nearest);
    rgb = mix(rgb, uInk, pixels > 5.0 ? mark : 0.75);
    solid = max(solid, mark);
  }
  solid *= 1.0 - vState.z;
  colour = vec4(rgb, 1.0);
  if (uClear > 0.5) {  // what it has of the ground's colour goes; premultiplied, as a canvas is
    if (solid < 0.004) discard;
    colour = vec4(rgb - uGround * (1.0 - solid), solid);
  }
}
"""

LINES_VERTEX = """
precision highp float;
uniform mat4 uMatrix;
in vec3 position;
in float aLight;             // 0 quiet .. 1 lit
out float vLight;
void main() {
  vLight = aLight;
  gl_Position = uMatrix * vec4(position, 1.0);
}
"""

LINES_FRAGMENT = """
precision highp float;
uniform vec3 uQuiet, uLit;
in float vLight;
out vec4 colour;
void main() {
  colour = vec4(mix(uQuiet, uLit, vLight), 1.0);
}
"""

SEGMENTS_VERTEX = """
precision highp float;
uniform mat4 uMatrix;
in vec3 position;
in float aHeat;              // 0 cold .. 1 hot; below 0 in ink
out float vHeat;
void main() {
  vHeat = aHeat;
  gl_Position = uMatrix * vec4(position, 1.0);
}
"""

SEGMENTS_FRAGMENT = """
precision highp float;
uniform vec3 uInk, uCold, uHot;
uniform float uStrength;
in float vHeat;
out vec4 colour;
void main() { colour = vec4(vHeat < 0.0 ? uInk : mix(uCold, uHot, vHeat), uStrength); }
"""
