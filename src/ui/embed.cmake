# Run at build time: gzips the assets and writes embedded.S (.incbin), embedded.inc (the table) and a depfile.
# cmake -D PAGES=… -D NPM=… -D OUT=… -P embed.cmake
#
# One line an asset: symbol | file | name below /docs/assets/ | kind, which names one of these content types
set(type_js "text/javascript; charset=utf-8")
set(type_css "text/css; charset=utf-8")
set(type_text "text/plain; charset=utf-8")
set(type_svg "image/svg+xml")
set(assets
  "swagger_css|${NPM}/swagger-ui-dist/swagger-ui.css|swagger-ui.css|css"
  "swagger_js|${NPM}/swagger-ui-dist/swagger-ui-bundle.js|swagger-ui-bundle.js|js"
  "swagger_notices|${NPM}/swagger-ui-dist/swagger-ui-bundle.js.LICENSE.txt|swagger-ui-bundle.js.LICENSE.txt|text"
  "swagger_licence|${NPM}/swagger-ui-dist/LICENSE|swagger-ui.LICENSE.txt|text"
  "redoc_js|${NPM}/redoc/bundles/redoc.standalone.js|redoc.standalone.js|js"
  "redoc_notices|${NPM}/redoc/bundles/redoc.standalone.js.LICENSE.txt|redoc.standalone.js.LICENSE.txt|text"
  "redoc_licence|${NPM}/redoc/LICENSE|redoc.LICENSE.txt|text"
  "page_css|${PAGES}/page.css|page.css|css"
  "icon|${PAGES}/icon.svg|icon.svg|svg"
  "docs_js|${PAGES}/docs.js|docs.js|js"
  "redoc_page_js|${PAGES}/redoc.js|redoc.js|js"
  "index_js|${PAGES}/index.js|index.js|js")
set(pages docs redoc index)

# NAME's bytes as recado_ui_NAME_begin .. recado_ui_NAME_end.
function(incbin name file)
  string(APPEND assembly
    "  .global recado_ui_${name}_begin\n  .global recado_ui_${name}_end\n"
    "recado_ui_${name}_begin:\n  .incbin \"${file}\"\nrecado_ui_${name}_end:\n  .byte 0\n")
  set(assembly "${assembly}" PARENT_SCOPE)
endfunction()

set(assembly "  .section .rodata\n")
set(table "")
set(inputs "")
foreach(asset IN LISTS assets)
  string(REPLACE "|" ";" asset "${asset}")
  list(POP_FRONT asset name file served kind)
  if(NOT EXISTS "${file}")
    message(FATAL_ERROR "${file} is missing.\n"
      "The API pages come from npm packages. Run `make` once in the root of the tree (it installs them into build/npm), "
      "then build again.")
  endif()
  execute_process(COMMAND gzip -9nc INPUT_FILE "${file}" OUTPUT_FILE "${OUT}/${name}.gz" COMMAND_ERROR_IS_FATAL ANY)
  file(SHA256 "${OUT}/${name}.gz" digest)
  string(SUBSTRING "${digest}" 0 32 digest)
  incbin(${name} "${OUT}/${name}.gz")
  string(APPEND table "RECADO_ASSET(${name}, \"/docs/assets/${served}\", \"${type_${kind}}\", \"\\\"${digest}\\\"\")\n")
  string(APPEND inputs " \\\n  ${file}")
endforeach()
foreach(page IN LISTS pages)
  incbin(${page} "${PAGES}/${page}.html")
  string(APPEND table "RECADO_PAGE(${page})\n")
  string(APPEND inputs " \\\n  ${PAGES}/${page}.html")
endforeach()
string(APPEND assembly "  .section .note.GNU-stack,\"\",@progbits\n")

file(WRITE "${OUT}/embedded.S" "${assembly}")
file(WRITE "${OUT}/embedded.inc" "${table}")
file(WRITE "${OUT}/embedded.d" "${OUT}/embedded.S ${OUT}/embedded.inc:${inputs}\n")
