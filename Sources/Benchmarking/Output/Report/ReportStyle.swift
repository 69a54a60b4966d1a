/// How the report looks: on a wide page and a narrow one, by day, by night and on paper.
enum ReportStyle {
  static let text = """
    :root{--page:#fff;--card:#f7f8fa;--ink:#1a1f27;--soft:#5a6472;--rule:#d9dee5;--grid:#e6e9ee;--track:#e9ecf1;\
    --c0:#1f6fd1;--c1:#c8501e;--c2:#1b8a5a;--c3:#8e44ad;--c4:#a67c00;--c5:#c2255c;--c6:#0b8793;--c7:#5f6b7a}
    @media (prefers-color-scheme:dark){:root{--page:#12161c;--card:#1a2029;--ink:#e6eaf0;--soft:#9aa6b6;--rule:#323b48;\
    --grid:#28303b;--track:#28303b;--c0:#6aaeff;--c1:#ff9a66;--c2:#5ccf9a;--c3:#cf9bea;--c4:#e5c04b;--c5:#ff85ad;\
    --c6:#55cfdc;--c7:#aab5c4}}
    *{box-sizing:border-box}
    html{-webkit-text-size-adjust:100%}
    body{margin:0 auto;max-width:1400px;padding:28px 32px 48px;background:var(--page);color:var(--ink);\
    font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
    h1{font-size:26px;line-height:1.25;margin:0 0 6px}
    h2{font-size:19px;margin:36px 0 12px}
    h3{font-size:15px;margin:0 0 2px}
    p{margin:0 0 8px;max-width:78ch}
    .soft,figure p{color:var(--soft)}
    figure p{font-size:13px;margin-bottom:6px;max-width:62ch}
    .cards{display:grid;gap:12px;grid-template-columns:repeat(auto-fit,minmax(165px,1fr));margin:18px 0 0}
    .cards div{background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:12px 14px}
    .cards b{display:block;font-size:24px;line-height:1.2;white-space:nowrap}
    .cards small{font-size:15px;font-weight:600}
    .names{list-style:none;display:flex;flex-wrap:wrap;gap:0 24px;margin:0;padding:0;color:var(--soft)}
    .cards span{color:var(--soft);font-size:13px}
    .charts{display:grid;gap:18px;align-items:start}
    .charts+.charts{margin-top:18px}
    .halves{grid-template-columns:repeat(auto-fit,minmax(min(520px,100%),1fr))}
    .thirds{grid-template-columns:repeat(auto-fit,minmax(min(340px,100%),1fr))}
    figure{margin:0;background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:14px 18px}
    figure svg{display:block;width:100%;height:auto}
    .legend svg{width:14px}
    .narrow,.full,.thirds .wide{display:none}
    .thirds .narrow{display:block}
    @media (min-width:1124px){.lone{grid-column:1/-1}.lone .wide{display:none}.lone .full{display:block}}
    .legend{list-style:none;display:flex;flex-wrap:wrap;gap:2px 18px;margin:8px 0 0;padding:0;font-size:13px}
    .legend li{display:flex;align-items:center;gap:6px}
    svg text{fill:var(--soft);font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
    svg text.value{fill:var(--ink);stroke:var(--card);stroke-width:3px;paint-order:stroke}
    .axis{stroke:var(--soft);stroke-width:1}
    .grid{stroke:var(--grid);stroke-width:1}
    .l{fill:none;stroke-width:2;stroke-linejoin:round}
    .w{stroke-width:1.5;opacity:.65}
    .whisker{stroke:var(--ink)}
    .roof{fill:none;stroke:var(--ink);stroke-width:1.5}
    .track{fill:var(--track)}
    .m{stroke:var(--card);stroke-width:1}
    \((0..<8).map { ".l.c\($0),.w.c\($0){stroke:var(--c\($0))}.m.c\($0),.b.c\($0){fill:var(--c\($0))}.m.hollow.c\($0){fill:var(--card);stroke:var(--c\($0));stroke-width:2}" }.joined(separator: "\n"))
    .scroll{overflow-x:auto;border:1px solid var(--rule);border-radius:8px}
    table{border-collapse:collapse;width:100%;font-size:12.5px;font-variant-numeric:tabular-nums}
    th,td{padding:5px 7px;text-align:left;white-space:nowrap;border-bottom:1px solid var(--rule);vertical-align:bottom}
    thead th{background:var(--card);color:var(--soft);font-weight:600;white-space:normal}
    tbody tr:last-child td{border-bottom:0}
    td.n,th.n{text-align:right}
    td.why{white-space:normal;color:var(--soft)}
    code{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
    ul.plain{margin:0;padding-left:20px}
    ul.plain li{margin:3px 0}
    @media (max-width:1400px){.rows{font-size:11.5px}.rows th,.rows td{padding:5px}.rows code{font-size:10.5px}}
    @media (max-width:760px){body{padding:18px 14px 36px}h1{font-size:21px}.wide{display:none}.narrow{display:block}\
    .cards{grid-template-columns:1fr 1fr}.cards div{padding:10px 12px}.cards b{font-size:19px}.cards small{font-size:13px}\
    figure{padding:12px 14px}}
    @media screen and (max-width:760px){.rows,.rows tbody,.rows td{display:block}.rows thead{display:none}.rows{font-size:12px}\
    .rows tr{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:0 14px;padding:8px 12px;border-bottom:1px solid var(--rule)}\
    .rows tr:last-child{border:0}.rows td,.rows td.n{display:flex;justify-content:space-between;flex-wrap:wrap;gap:0 6px;padding:2px 0;border:0}\
    .rows td::before{content:attr(data-name);color:var(--soft)}.rows td.why{grid-column:1/-1}}
    @media print{@page{size:A4 landscape;margin:11mm 9mm}\
    :root{--page:#fff;--card:#fff;--ink:#000;--soft:#444;--rule:#bbb;--grid:#ddd;--track:#eee;--c0:#1f6fd1;--c1:#c8501e;\
    --c2:#1b8a5a;--c3:#8e44ad;--c4:#a67c00;--c5:#c2255c;--c6:#0b8793;--c7:#5f6b7a}\
    body{padding:0;max-width:none;font-size:12px}h1{font-size:20px}h2{margin:12px 0 6px;break-after:avoid}p{margin-bottom:3px}\
    .cards{margin-top:8px;grid-template-columns:repeat(4,1fr)}.cards div{padding:6px 10px}.cards b{font-size:17px}\
    .cards small{font-size:12px}.cards span,figure p,.legend{font-size:10px;line-height:1.3}.legend{gap:0 12px;margin-top:4px}\
    .charts{grid-template-columns:repeat(3,1fr);gap:8px}.charts+.charts{margin-top:8px}\
    .wide,.lone .wide,.lone .narrow{display:none}.narrow,.lone .full{display:block}.lone{grid-column:1/-1}\
    figure{break-inside:avoid;padding:6px 10px}.halves figure div svg{width:auto;max-width:100%;max-height:156px;margin:auto}\
    .halves figure.lone div svg{width:100%;max-height:none}\
    .halves:has(>:nth-child(2):last-child){grid-template-columns:1fr 1fr;.narrow{display:none}.wide{display:block}\
    figure div svg{width:100%;max-height:none}}\
    p,figure p{max-width:none}ul.plain{font-size:11px;line-height:1.35}\
    .scroll{overflow:visible;border:0}table,.rows{font-size:8.5px}tr{break-inside:avoid}\
    th,td,.rows th,.rows td{padding:3px 4px}thead th{min-width:0}.rows code{font-size:7.5px}\
    .b,.m,.track{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
    """
}
