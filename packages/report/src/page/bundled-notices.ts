/** Copyright and permission notices of what the page's script contains, put in front of it when it is built. */
export const BUNDLED_NOTICES = `/*!
This script contains, minified:
- Observable Plot, Copyright 2020-2025 Observable, Inc.; D3 and its modules, Copyright 2010-2026 Mike Bostock;
  d3-delaunay, Copyright 2018-2026 Observable, Inc., Copyright 2021 Mapbox; delaunator, Copyright 2026 Mapbox;
  isoformat and internmap, Copyright 2021 Mike Bostock. All under the ISC licence:
  Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby
  granted, provided that the above copyright notice and this permission notice appear in all copies. THE SOFTWARE IS
  PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES
  OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT, INDIRECT, OR
  CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF
  CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS
  SOFTWARE.
- interval-tree-1d and binary-search-bounds, Copyright (c) 2013-2015 Mikola Lysenko; what d3-geo has of GeographicLib,
  Copyright 2008-2012 Charles Karney. Under the MIT licence:
  Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
  documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
  rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
  persons to whom the Software is furnished to do so, subject to the following conditions: The above copyright notice
  and this permission notice shall be included in all copies or substantial portions of the Software. THE SOFTWARE IS
  PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
  MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT
  HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE,
  ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
- the colour schemes of d3-scale-chromatic, Copyright 2002 Cynthia Brewer, Mark Harrower, and The Pennsylvania State
  University, under the Apache Licence 2.0 (https://www.apache.org/licenses/LICENSE-2.0).
- robust-predicates by Vladimir Agafonkin, in the public domain (Unlicense).
*/`;
