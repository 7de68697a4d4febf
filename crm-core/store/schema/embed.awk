# Turns NAME-VERSION.sql into the C string schema_NAME_VERSION, without comments: SQLite keeps what stands inside a
# statement and reads it again at each start of a program.
FNR == 1 {
	if (NR > 1)
		print "\t;"
	else
		print "#include \"store/schema.h\""
	name = FILENAME
	sub(/.*\//, "", name)
	sub(/\.sql$/, "", name)
	gsub(/-/, "_", name)
	print "\nconst char schema_" name "[] ="
}
{
	sub(/[ \t]*--.*/, "")
	gsub(/\\/, "\\\\")
	gsub(/"/, "\\\"")
	gsub(/\t/, " ")
	if ($0 != "")
		print "\t\"" $0 "\\n\""
}
END { print "\t;" }
